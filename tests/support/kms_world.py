# SPDX-License-Identifier: Apache-2.0
"""A core without planes: real store, vault and identity over a small cluster in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from identity_doubles import HandClock, World, make_csr, presented, uid

from skm_common import names
from skm_kms.crypto import Keyring, SystemKey
from skm_kms.identity import Identity, Peer
from skm_kms.model import Origin
from skm_kms.service.access import Access
from skm_kms.service.authorities import ensure_authorities
from skm_kms.service.core import Core
from skm_kms.service.late import LateState
from skm_kms.service.loading import load
from skm_kms.service.news import News
from skm_kms.service.sessions import StateSessions
from skm_kms.service.state import State
from skm_kms.service.vault import Vault
from skm_kms.store import SqliteStore

RESOURCES = "/apis/skm.dev/v1alpha1"
NAMESPACES = "/api/v1/namespaces"
ADDRESS = "10.244.0.5"


class KmsWorld:
    """One KMS over one file, in one loop."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.cluster = World()
        self.clock: HandClock = self.cluster.clock
        self.keyring = Keyring("installation-1", [SystemKey.generate(1)])
        self.late = LateState()
        self.identity = self.cluster.identity = Identity(
            facts=self.cluster.facts,
            reviews=self.cluster.kube,
            rows=self.late,
            authorities=self.late.session_authorities,
            clock=self.clock,
        )
        self.open()
        for number, name in enumerate(("kube-system", "orders", "other")):
            self.namespace(name, uid(600 + number))

    def open(self) -> None:
        """Load everything from the file, as a start does."""
        self.store = SqliteStore(self.place / "state.db")
        self.state = State(self.store, self.keyring, load(self.store, self.keyring), News())
        self.core = Core(
            self.state,
            Vault(self.keyring),
            self.cluster.facts,
            self.clock,
            self.identity.attests,
        )
        self.sessions = StateSessions(self.state, self.clock)
        self.access = Access(self.state, self.identity, self.cluster.facts, self.clock)

    def reopen(self) -> None:
        """Stop and start."""
        self.state.close()
        self.open()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["KmsWorld"]:
        async with self.cluster.running():
            self.authorities = await ensure_authorities(self.state, self.clock)
            self.late.unlocked(self.sessions, self.authorities)
            yield self
        self.state.close()

    async def settle(self) -> None:
        await self.cluster.settle()

    def namespace(self, name: str, uid_: str) -> None:
        self.cluster.kube.put(NAMESPACES, {"metadata": {"name": name, "uid": uid_}})

    async def live(self, document: dict[str, Any]) -> None:
        """Put a resource into the cluster, and let the news arrive."""
        self.cluster.kube.put(f"{RESOURCES}/{names.PLURALS[document['kind']]}", document)
        await self.settle()

    async def unlive(self, document: dict[str, Any]) -> None:
        """Take a resource out of the cluster, and let the news arrive."""
        path = f"{RESOURCES}/{names.PLURALS[document['kind']]}"
        self.cluster.kube.remove(path, document["metadata"]["uid"])
        await self.settle()

    async def honest(self) -> Peer:
        """The honest pod's peer, with a fresh session."""
        _, csr = make_csr()
        issued = await self.identity.issue(Peer(ADDRESS), self.cluster.pod_token, csr)
        return Peer(ADDRESS, presented(issued.certificate))


def origin(document: dict[str, Any]) -> Origin:
    """The origin that a resource gives to what is made from it."""
    return Origin(document["metadata"]["uid"], document["metadata"]["generation"])
