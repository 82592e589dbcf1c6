# SPDX-License-Identifier: Apache-2.0
"""Which addresses a cluster uses: pure arithmetic on a pool that is cut into 64 equal slots.

A slot gives a cluster one LAN (/24, the nodes), one pod network (/22, a /23 for each node: more
than the 250 pods a kubelet takes) and one service network (/22). Slots never overlap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import islice
from typing import Final

from .errors import AddressesInUseError

SLOTS: Final = 64


@dataclass(frozen=True, slots=True)
class Used:
    """A network that this machine uses, and a word on what for."""

    network: IPv4Network
    by: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the cluster in one slot of a pool."""

    slot: int
    lan: IPv4Network
    pods: IPv4Network
    services: IPv4Network

    @classmethod
    def of(cls, pool: IPv4Network, slot: int) -> "Addresses":
        """Return the addresses of a slot, 0 to 63, of a /14 pool."""
        lans, pods, services, _ = pool.subnets(new_prefix=16)
        return cls(slot, _cut(lans, 24, slot), _cut(pods, 22, slot), _cut(services, 22, slot))

    @property
    def networks(self) -> tuple[IPv4Network, IPv4Network, IPv4Network]:
        """All three networks."""
        return self.lan, self.pods, self.services

    @property
    def machine(self) -> IPv4Address:
        """The machine itself on the LAN: the nodes' default gateway."""
        return self.lan[1]

    def node(self, index: int) -> IPv4Address:
        """Return a node's address on the LAN."""
        return self.lan[10 + index]

    def pods_of(self, index: int) -> IPv4Network:
        """Return the pod network of a node."""
        return _cut(self.pods, 23, index)

    @property
    def api_service(self) -> IPv4Address:
        """The service address of the API server, as Kubernetes itself chooses it."""
        return self.services[1]

    @property
    def dns(self) -> IPv4Address:
        """The service address of the cluster DNS."""
        return self.services[10]

    def clash(self, used: Iterable[Used]) -> Used | None:
        """Return the first of the used networks that overlaps with one of these, if any does."""
        for one in used:
            if any(one.network.overlaps(mine) for mine in self.networks):
                return one
        return None


def allocate(pool: IPv4Network, taken: Iterable[int], used: Iterable[Used]) -> Addresses:
    """Return the first slot that no other cluster has taken and nothing on the machine overlaps.

    Raises `AddressesInUseError`, which names what is in the way, when there is none.
    """
    taken, used = frozenset(taken), tuple(used)
    clash: Used | None = None
    for slot in range(SLOTS):
        if slot in taken:
            continue
        addresses = Addresses.of(pool, slot)
        found = addresses.clash(used)
        if found is None:
            return addresses
        clash = clash or found
    raise overlapping(pool, clash)


def overlapping(pool: IPv4Network, clash: Used | None) -> AddressesInUseError:
    """Return the error that tells what overlaps with the pool and how to choose another one."""
    why = f"overlaps with {clash.network} ({clash.by})" if clash else "is used up by other clusters"
    return AddressesInUseError(
        f"The address pool {pool} {why}; choose a free /14 with --address-pool, for example "
        "172.20.0.0/14."
    )


def _cut(network: IPv4Network, prefix: int, index: int) -> IPv4Network:
    return next(islice(network.subnets(new_prefix=prefix), index, None))
