# SPDX-License-Identifier: Apache-2.0
"""What a cluster was made with, kept in its state folder so that later commands agree with it."""

import json
from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Self

from .addresses import Addresses, allocate, overlapping
from .errors import BadSettingError
from .lock import exclusive
from .network import used_networks
from .settings import Network, Settings

FILE = "cluster.json"


@dataclass(frozen=True, slots=True)
class Record:
    """What can't change while a cluster exists; but its nodes may become more, and the waiting
    of etcd for the disk may be changed."""

    slot: int
    address_pool: str
    nodes: int
    network: Network
    kubernetes: str
    etcd_fsync: bool = True

    @classmethod
    def read(cls, state: Path) -> Self | None:
        """Return the record of a state folder, or nothing if there is none that can be read."""
        try:
            return cls(**json.loads((state / FILE).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, state: Path) -> None:
        """Put the record into a state folder, for its owner only; whole or not at all."""
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(0o700)
        fresh = state / f"{FILE}.new"
        fresh.write_text(json.dumps(asdict(self)) + "\n")
        fresh.replace(state / FILE)

    @property
    def addresses(self) -> Addresses:
        """The addresses that were allocated."""
        return Addresses.of(IPv4Network(self.address_pool), self.slot)


def claim(settings: Settings) -> Record:
    """Return the cluster's record, allocating addresses if it is new, and write it.

    Raises `BadSettingError` when the settings contradict what exists, and `AddressesInUseError`.
    """
    with exclusive(settings.state_root / ".allocation.lock", busy=None):
        known = Record.read(settings.state)
        if known is None:
            record = _allocated(settings)
        else:
            _agree(settings, known)
            record = replace(known, nodes=settings.nodes, etcd_fsync=settings.etcd_fsync)
            if clash := record.addresses.clash(used_networks(settings.interface)):
                raise overlapping(settings.address_pool, clash)
        record.write(settings.state)
    return record


def others(settings: Settings) -> list[Record]:
    """Return the records of the other clusters in the same state root."""
    folders = [path.parent for path in settings.state_root.glob(f"*/{FILE}")]
    found = [Record.read(folder) for folder in folders if folder != settings.state]
    return [record for record in found if record]


def _allocated(settings: Settings) -> Record:
    pool = settings.address_pool
    taken = [record for record in others(settings) if IPv4Network(record.address_pool) == pool]
    used = used_networks(settings.interface)
    addresses = allocate(pool, [record.slot for record in taken], used)
    return Record(
        slot=addresses.slot,
        address_pool=str(pool),
        nodes=settings.nodes,
        network=settings.network,
        kubernetes=settings.kubernetes,
        etcd_fsync=settings.etcd_fsync,
    )


def _agree(settings: Settings, known: Record) -> None:
    wanted = (settings.network, settings.kubernetes, str(settings.address_pool))
    if wanted != (known.network, known.kubernetes, known.address_pool):
        raise BadSettingError(
            f"Cluster {settings.name} exists with --network {known.network} --kubernetes "
            f"{known.kubernetes} --address-pool {known.address_pool}: run `down` first, or choose "
            "another --name."
        )
    if settings.nodes < known.nodes:
        raise BadSettingError(
            f"Cluster {settings.name} has {known.nodes} nodes and can't shrink: run `down` first."
        )
