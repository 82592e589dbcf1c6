# SPDX-License-Identifier: Apache-2.0
"""TLS of the KMS's processes: version 1.3 only, no session tickets, keys that never touch a disk.

A context can't unlearn a CA, and its leaf ends. So a server listens with one context, which hands
every new handshake to the newest one.
"""

import os
import ssl
from collections.abc import Callable

from skm_kms.durable import write_all


def server_context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    """A server's context with this chain and key (PEM); it asks nobody for a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # A ticket would let a client resume without its certificate being looked at again.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    load_chain(context, certificate, key)
    return context


def client_context(trusted: str) -> ssl.SSLContext:
    """A context for calls to a server that one of the CAs in `trusted` (PEM text) vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=trusted)
    return context


def load_chain(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Load a chain and its key (PEM) through anonymous memory: OpenSSL's call wants a path."""
    descriptor = os.memfd_create("skm-tls", os.MFD_CLOEXEC)
    try:
        write_all(descriptor, key + b"\n" + certificate)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def hand_over(listening: ssl.SSLContext, current: Callable[[], ssl.SSLContext]) -> None:
    """Make `listening` hand every new handshake to the context that is then `current`.

    Also for clients that name no server. Whether a client certificate is asked for stays as in
    `listening`.
    """

    def choose(connection: ssl.SSLObject, _name: str | None, _listening: ssl.SSLContext) -> None:
        connection.context = current()

    listening.sni_callback = choose
