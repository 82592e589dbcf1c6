# SPDX-License-Identifier: Apache-2.0
"""TLS contexts of the system-key server: TLS 1.3, no tickets, keys that never touch a disk."""

import os
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from skm_kms.durable import write_all


def server_context(certificate: bytes, key: bytes, trusted: str) -> ssl.SSLContext:
    """A context that demands a client certificate of the CAs in `trusted` (PEM text).

    Session tickets are off: a ticket would outlive the client's certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=trusted)
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


def swapping_context(
    first: ssl.SSLContext, current: Callable[[], ssl.SSLContext]
) -> ssl.SSLContext:
    """`first`, made to hand every new handshake to the context that is then `current`.

    Certificate and trusted CAs change so without a restart, and for clients that send no server
    name as well.
    """

    def choose(connection: Any, _name: str | None, _initial: ssl.SSLContext) -> None:
        connection.context = current()

    first.sni_callback = choose
    return first


def peer_names(certificate: Mapping[str, Any] | None) -> frozenset[str]:
    """The DNS names of a verified peer certificate, or its common name where it has none."""
    if not certificate:
        return frozenset()
    alternative = certificate.get("subjectAltName", ())
    dns = frozenset(value for kind, value in alternative if kind == "DNS")
    common = frozenset(
        value
        for part in certificate.get("subject", ())
        for name, value in part
        if name == "commonName"
    )
    return dns or common
