# SPDX-License-Identifier: Apache-2.0
"""What the kernel of this node says now: the other witnesses, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Link:
    """An interface of the host; `kind` as in `ip -details link` (veth, bridge …)."""

    index: int
    name: str
    kind: str
    master: int | None = None


NeighbourState = Literal["confirmed", "aging", "absent"]
"""How well the kernel knows a MAC: `confirmed` (reachable, just being asked again, or permanent),
`aging` (stale: not confirmed lately), `absent` (being resolved, or failed)."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The MAC that answers for an address on an interface."""

    mac: str | None
    state: NeighbourState


@dataclass(frozen=True, slots=True)
class Host:
    """The host's tables at one moment.

    `neighbours` by interface index and address; `forwarding` by bridge index and MAC gives the
    indexes of the ports behind which that MAC was seen, in any VLAN; `routes` by address gives the
    index of the interface by which it leaves.
    """

    links: Mapping[str, Link]
    neighbours: Mapping[tuple[int, str], Neighbour]
    forwarding: Mapping[tuple[int, str], frozenset[int]]
    routes: Mapping[str, int]

    def by_index(self, index: int | None) -> Link | None:
        """Return the interface of an index."""
        return next((link for link in self.links.values() if link.index == index), None)
