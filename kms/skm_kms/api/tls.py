# SPDX-License-Identifier: Apache-2.0
"""TLS contexts of the planes: whose client certificates each takes, and how that changes."""

import ssl
from typing import Final

from skm_kms import tls
from skm_kms.identity import KeyPair

_NO_CHECK_TIME: Final = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the ssl module doesn't name."""


class Rotating:
    """A context to listen with; `replace` decides what the next handshake sees."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.listening = context
        self._current = context
        tls.hand_over(context, lambda: self._current)

    def replace(self, context: ssl.SSLContext) -> None:
        """Use another leaf and other client CAs from the next handshake on.

        Whether a client certificate is asked for stays as in the first context.
        """
        self._current = context


def server_context(
    pair: KeyPair, client_ca: bytes | None, *, answer_expired: bool = False
) -> ssl.SSLContext:
    """A server's context; with `client_ca` (PEM) it asks for a certificate that this CA signed.

    An empty `client_ca` asks as well and takes none: the CA of a plane may come later.
    A client may come without one: who needs it says so in words. `answer_expired` lets an expired
    certificate through the handshake, because it is to be answered 401 `session_ended`; the plane
    that says so compares the time at every call, also on kept-alive connections.
    """
    context = tls.server_context(pair.certificate, pair.key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
        if client_ca:
            context.load_verify_locations(cadata=client_ca.decode("ascii"))
        if answer_expired:
            context.verify_flags |= _NO_CHECK_TIME
    return context


def client_context(pair: KeyPair, server_ca: bytes) -> ssl.SSLContext:
    """The KMS's own context towards the system-key server."""
    context = tls.client_context(server_ca.decode("ascii"))
    tls.load_chain(context, pair.certificate, pair.key)
    return context
