# SPDX-License-Identifier: Apache-2.0
"""Mutual TLS of the system-key server: who must present what, and who did."""

import ssl
from collections.abc import Mapping
from typing import Any

from skm_kms import tls


def server_context(certificate: bytes, key: bytes, trusted: str) -> ssl.SSLContext:
    """A context that demands a client certificate of the CAs in `trusted` (PEM text)."""
    context = tls.server_context(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=trusted)
    return context


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
