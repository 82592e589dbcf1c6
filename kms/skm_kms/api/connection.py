# SPDX-License-Identifier: Apache-2.0
"""What is known of one connection for as long as it lasts: its peer, and what it was granted."""

import ssl
from asyncio import BaseTransport
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from skm_kms.identity import Peer, PeerCertificate
from skm_kms.service.access import Grant
from skm_kms.service.auditing import Proof

LOCAL: Final = "local"
"""The address of a peer on the Unix socket."""
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Kept:
    """A grant, and what the record of every call by it says."""

    grant: Grant
    proof: Proof


class Connection:
    """A peer by what the transport says: no header is ever asked (DESIGN §6.9).

    `grants` keeps decisions by method and target; each is checked again before it is used.
    """

    __slots__ = ("grants", "peer")

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.grants: dict[bytes, Kept] = {}

    def remember(self, target: bytes, grant: Grant) -> Kept:
        """Keep a grant for the next call on the same target."""
        if len(self.grants) >= _KEPT:
            self.grants.clear()
        kept = self.grants[target] = Kept(grant, Proof.of(grant.admission))
        return kept


def connection_of(transport: BaseTransport) -> Connection:
    """The connection behind a transport; raises CertificateError for a leaf that can't be read."""
    peername = transport.get_extra_info("peername")
    address = peername[0] if isinstance(peername, tuple) else LOCAL
    tls = transport.get_extra_info("ssl_object")
    return Connection(Peer(address, _certificate(tls)))


def connection_in(scope: Mapping[str, Any]) -> Connection:
    """The connection of an ASGI scope."""
    found: Connection = scope["extensions"]["skm"]
    return found


def _certificate(tls: ssl.SSLObject | None) -> PeerCertificate | None:
    der = None if tls is None else tls.getpeercert(binary_form=True)
    return None if der is None else PeerCertificate.from_der(der)
