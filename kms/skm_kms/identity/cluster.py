# SPDX-License-Identifier: Apache-2.0
"""The live facts of this cluster: watched tables, their age, and live reads in doubt."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

import msgspec

from skm_common import names
from skm_kms.clock import Clock
from skm_kms.identity import reading
from skm_kms.identity.errors import KubeError
from skm_kms.identity.facts import (
    DaemonSetFact,
    NamespaceFact,
    NodeFact,
    PodFact,
    ResourceFact,
)
from skm_kms.identity.generation import Generation
from skm_kms.identity.reading import F, Read
from skm_kms.identity.tables import PodTable, Table
from skm_kms.identity.watch import Source, Watch, WatchApi

MAXIMUM_DOUBTS: Final = 64
"""Live reads under way at a time; further doubts wait for a later call to raise them again."""


class Facts:
    """Everything the KMS knows of the cluster, by its own ServiceAccount (DESIGN §2, §6).

    `generation` is bumped whenever something that decides changes. Live reads raise KubeError.
    """

    def __init__(
        self, api: WatchApi, clock: Clock, generation: Generation, jitter: Callable[[], float]
    ) -> None:
        self._api = api
        self._clock = clock
        self._jitter = jitter
        self.changes = generation
        self._pods = PodTable()
        self._nodes: Table[NodeFact] = Table()
        self._namespaces: Table[NamespaceFact] = Table()
        self._daemon_sets: Table[DaemonSetFact] = Table()
        self._resources: dict[str, Table[ResourceFact]] = {k: Table() for k in names.PLURALS}
        self._watches = self._plan()
        self._doubts: dict[str, asyncio.Task[None]] = {}

    @property
    def generation(self) -> int:
        """The number of the newest change."""
        return self.changes.value

    async def run(self) -> None:
        """Follow the cluster until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for watch in self._watches.values():
                    group.create_task(watch.run())
        finally:
            for task in list(self._doubts.values()):
                task.cancel()

    def age(self, now: float) -> float:
        """Seconds since the API server last confirmed every table; infinite before the first."""
        return now - self.confirmed

    @property
    def confirmed(self) -> float:
        """When (monotonic) the API server last confirmed every table."""
        return min(watch.confirmed for watch in self._watches.values())

    def troubles(self) -> dict[str, str]:
        """Which sources can't be followed now, and why."""
        found = {name: watch.trouble for name, watch in self._watches.items()}
        return {name: trouble for name, trouble in found.items() if trouble is not None}

    def pod(self, uid: str) -> PodFact | None:
        """The live pod of a UID."""
        return self._pods.get(uid)

    def pod_gone(self, uid: str) -> bool:
        """Whether a pod of this UID is known to be gone for good."""
        return self._pods.is_gone(uid)

    def pods_at(self, ipv4: str) -> tuple[PodFact, ...]:
        """The live pods that hold an address."""
        return self._pods.at(ipv4)

    def clashes(self) -> list[str]:
        """Addresses that several live pods hold, of which none is on the host network."""
        return self._pods.clashes()

    def node(self, name: str) -> NodeFact | None:
        """A node."""
        return self._nodes.named("", name)

    def namespace(self, name: str) -> NamespaceFact | None:
        """A namespace."""
        return self._namespaces.named("", name)

    def node_agent_daemon_set(self) -> DaemonSetFact | None:
        """The DaemonSet whose pods may report evidence."""
        return self._daemon_sets.named(names.NODE_NAMESPACE, names.NODE_AGENT)

    def resource(self, kind: str, namespace: str, name: str) -> ResourceFact | None:
        """One of our custom resources."""
        return self._resources[kind].named(namespace, name)

    def resources(self, kind: str) -> list[ResourceFact]:
        """Every custom resource of a kind."""
        return self._resources[kind].all()

    async def live_pod(self, namespace: str, name: str) -> PodFact | None:
        """The pod of a name as the API server has it now; the table learns it too."""
        path = f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(name)}"
        return await self._live(path, reading.read_pod, self._pods)

    async def live_resource(self, kind: str, namespace: str, name: str) -> ResourceFact | None:
        """A custom resource as the API server has it now; the table learns it too."""
        path = f"/apis/{names.API_VERSION}/namespaces/{quote(namespace)}"
        path = f"{path}/{names.PLURALS[kind]}/{quote(name)}"
        return await self._live(path, reading.read_resource, self._resources[kind])

    async def settle_pod(self, namespace: str, name: str, uid: str) -> PodFact | None:
        """The live pod of a UID, or None if the API server says that it is gone, which stays so."""
        known = self.pod(uid)
        if known is not None or self.pod_gone(uid):
            return known
        found = await self.live_pod(namespace, name)
        if found is not None and found.uid == uid:
            return found
        self._pods.remove(uid, self._clock.monotonic())
        self.changes.bump()
        return None

    def doubt(self, namespace: str, name: str, uid: str) -> None:
        """Ask the API server about a pod that this replica hasn't heard of; returns at once."""
        if uid in self._doubts or len(self._doubts) >= MAXIMUM_DOUBTS:
            return
        task = asyncio.get_running_loop().create_task(self._resolve(namespace, name, uid))
        self._doubts[uid] = task
        task.add_done_callback(lambda _: self._doubts.pop(uid, None))

    async def _resolve(self, namespace: str, name: str, uid: str) -> None:
        with suppress(KubeError):
            await self.settle_pod(namespace, name, uid)

    async def _live(self, path: str, read: Read[F], table: Table[F]) -> F | None:
        body = await self._api.get(path)
        if body is None:
            return None
        try:
            entry = read(body)
        except msgspec.DecodeError as error:
            raise KubeError(f"the answer to {path} is no such object") from error
        self._note(table.apply(entry, self._clock.monotonic()))
        return entry.fact

    def _note(self, changed: bool) -> None:
        if changed:
            self.changes.bump()

    def _plan(self) -> dict[str, Watch[Any]]:
        agents = f"/apis/apps/v1/namespaces/{names.NODE_NAMESPACE}/daemonsets"
        only = f"fieldSelector=metadata.name%3D{names.NODE_AGENT}"
        plan = {
            "pods": self._watch(Source("/api/v1/pods", reading.read_pod), self._pods),
            "nodes": self._watch(Source("/api/v1/nodes", reading.read_node), self._nodes),
            "namespaces": self._watch(
                Source("/api/v1/namespaces", reading.read_namespace), self._namespaces
            ),
            "daemonsets": self._watch(
                Source(agents, reading.read_daemon_set, only), self._daemon_sets
            ),
        }
        for kind, plural in names.PLURALS.items():
            source = Source(f"/apis/{names.API_VERSION}/{plural}", reading.read_resource)
            plan[plural] = self._watch(source, self._resources[kind])
        return plan

    def _watch(self, source: Source[F], table: Table[F]) -> Watch[Any]:
        return Watch(
            self._api,
            source,
            table,
            self._clock,
            changed=self.changes.bump,
            jitter=self._jitter,
        )
