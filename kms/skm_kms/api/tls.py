# SPDX-License-Identifier: Apache-2.0
"""TLS contexts of the planes: version 1.3 only, no session tickets, certificates that can change.

A context can't unlearn a CA, and its leaf ends. So each plane listens with one context that hands
every new handshake to the newest one.
"""

import ssl
from typing import Final

from skm_kms.identity import KeyPair
from skm_kms.systemkey.tls import load_chain

_NO_CHECK_TIME: Final = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the ssl module doesn't name."""


class Rotating:
    """A context to listen with; `replace` decides what the next handshake sees."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.listening = context
        self._current = context
        context.sni_callback = self._hand_over

    def replace(self, context: ssl.SSLContext) -> None:
        """Use another leaf and other client CAs from the next handshake on.

        Whether a client certificate is asked for stays as in the first context.
        """
        self._current = context

    def _hand_over(
        self, connection: ssl.SSLObject, name: str | None, listening: ssl.SSLContext
    ) -> None:
        # Called for every handshake, also for one that names no server.
        connection.context = self._current


def server_context(
    pair: KeyPair, client_ca: bytes | None, *, answer_expired: bool = False
) -> ssl.SSLContext:
    """A server's context; with `client_ca` (PEM) it asks for a certificate that this CA signed.

    An empty `client_ca` asks as well and takes none: the CA of a plane may come later.
    A client may come without one: who needs it says so in words. `answer_expired` lets an expired
    certificate through the handshake, because it is to be answered 401 `session_ended`; the plane
    that says so compares the time at every call, also on kept-alive connections.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # A ticket would let a client resume without its certificate being looked at again.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    load_chain(context, pair.certificate, pair.key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
        if client_ca:
            context.load_verify_locations(cadata=client_ca.decode("ascii"))
        if answer_expired:
            context.verify_flags |= _NO_CHECK_TIME
    return context


def client_context(pair: KeyPair, server_ca: bytes) -> ssl.SSLContext:
    """The KMS's own context towards the system-key server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=server_ca.decode("ascii"))
    load_chain(context, pair.certificate, pair.key)
    return context
