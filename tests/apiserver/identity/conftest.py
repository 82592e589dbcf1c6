# SPDX-License-Identifier: Apache-2.0
"""An identity over the real API server: its own ServiceAccount, its own rights, real tokens.

Between it and the server stands a relay that can fall silent without a word.
"""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import yaml
from apiserver_harness import ApiServer
from identity_doubles import Rows, make_csr, presented

from skm_common import names
from skm_kms.clock import SystemClock
from skm_kms.identity import (
    Authority,
    Facts,
    Generation,
    Identity,
    Peer,
    Purpose,
    connect,
    new_authority,
)

NODE, NODE_ADDRESS = "node0", "10.200.0.10"
READ = ["get", "list", "watch"]
AGENTS = [{"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": READ}]
"""In the node agents' namespace only."""

RULES = [
    {"apiGroups": [""], "resources": ["pods", "nodes", "namespaces"], "verbs": READ},
    {"apiGroups": [names.GROUP], "resources": list(names.PLURALS.values()), "verbs": READ},
    {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]},
]
_addresses = (f"10.244.{n // 250}.{n % 250 + 2}" for n in itertools.count())


class Relay:
    """TCP to the API server; `silent` swallows every byte, as a dropped connection does."""

    def __init__(self, target: int) -> None:
        self.target, self.silent = target, False
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Relay"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._tasks: set[asyncio.Task[None]] = set()
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward = await asyncio.open_connection("127.0.0.1", self.target)
        for source, sink in ((reader, onward[1]), (onward[0], writer)):
            task = asyncio.get_running_loop().create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            try:
                while data := await source.read(65536):
                    if not self.silent:
                        sink.write(data)
                        await sink.drain()
            finally:
                sink.close()


class Cluster:
    """The identity, and hands to do to the cluster what a kubelet and an editor would."""

    def __init__(self, server: ApiServer, relay: Relay, facts: Facts, identity: Identity) -> None:
        self.server, self.relay, self.facts, self.identity = server, relay, facts, identity
        self.kubelet = server.node(NODE)
        self.rows = Rows()

    def pod(self, namespace: str, *, ip: str | None = "next", **changes: Any) -> dict[str, Any]:
        """A running pod on the node, as its kubelet would have it."""
        annotations = {names.CREATED_LABELS: '{"app":"orders"}'}
        metadata = {"generateName": "p-", "labels": {"app": "orders"}, "annotations": annotations}
        metadata.update(changes.get("metadata", {}))
        spec = {
            "nodeName": NODE,
            "serviceAccountName": "default",
            "containers": [{"name": "a", "image": "a"}],
            "tolerations": [{"operator": "Exists"}],
            "volumes": [_volume(changes.get("audience", names.AUDIENCE_POD))],
            **changes.get("spec", {}),
        }
        path = f"/api/v1/namespaces/{namespace}/pods"
        made = self.server.admin.must("POST", path, {"metadata": metadata, "spec": spec})
        if ip is not None:
            self.status(made, ip=next(_addresses) if ip == "next" else ip)
        return self.server.admin.must("GET", self.path(made))

    def path(self, pod: dict[str, Any]) -> str:
        meta = pod["metadata"]
        return f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"

    def status(self, pod: dict[str, Any], *, ip: str, phase: str = "Running") -> None:
        """What the kubelet reports."""
        status = {"phase": phase, "podIP": ip, "podIPs": [{"ip": ip}]}
        answer = self.kubelet.patch(f"{self.path(pod)}/status", {"status": status})
        assert answer.status == 200, answer.message

    def token(self, pod: dict[str, Any], audience: str = names.AUDIENCE_POD) -> str:
        """The pod-bound token that the kubelet would mount; only audiences of its volumes."""
        meta, account = pod["metadata"], pod["spec"]["serviceAccountName"]
        return self.server.token(
            meta["namespace"], account, audience=audience, pod=pod, by=self.kubelet
        )

    async def bootstrap(self, pod: dict[str, Any]) -> Peer:
        """The pod's session, as the peer that it then is."""
        address = pod["status"]["podIP"]
        _, csr = make_csr()
        issued = await self.identity.issue(Peer(address), self.token(pod), csr)
        return Peer(address, presented(issued.certificate))

    async def heard(self, pod: dict[str, Any]) -> None:
        """Until the facts hold the pod with its address."""
        uid = pod["metadata"]["uid"]
        await self.until(lambda: (fact := self.facts.pod(uid)) is not None and fact.ipv4)

    async def until(self, holds: Callable[[], Any], seconds: float = 10.0) -> None:
        """Wait for a change of the facts after which something holds."""
        async with asyncio.timeout(seconds):
            while not holds():
                await self.facts.changes.beyond(self.facts.generation)


def _volume(audience: str) -> dict[str, Any]:
    token = {"audience": audience, "expirationSeconds": 3600, "path": "token"}
    return {"name": "identity", "projected": {"sources": [{"serviceAccountToken": token}]}}


@pytest.fixture(scope="session")
def cluster_ready(crds: ApiServer) -> ApiServer:
    """Node, namespaces, node agent's DaemonSet, and the KMS's account with its rights."""
    admin = crds.admin
    for name, account in (
        (names.NAMESPACE, names.KMS),
        (names.NODE_NAMESPACE, names.NODE_AGENT),
        (names.SYSTEM_KEY_NAMESPACE, names.SYSTEM_KEY),
    ):
        crds.namespace(name)
        crds.service_account(name, account)
    admin.create("/api/v1/nodes", {"metadata": {"name": NODE}})
    status = {"addresses": [{"type": "InternalIP", "address": NODE_ADDRESS}]}
    admin.patch(f"/api/v1/nodes/{NODE}/status", {"status": status})
    grant(crds, "ClusterRole", RULES, "")
    grant(crds, "Role", AGENTS, f"/namespaces/{names.NODE_NAMESPACE}")
    labels = {"app": names.NODE_AGENT}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "a", "image": "a"}]},
    }
    admin.create(
        f"/apis/apps/v1/namespaces/{names.NODE_NAMESPACE}/daemonsets",
        {
            "metadata": {"name": names.NODE_AGENT},
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        },
    )
    return crds


def grant(server: ApiServer, kind: str, rules: list[dict[str, Any]], scope: str) -> None:
    """Give the KMS's account rules, as the chart does."""
    group = "rbac.authorization.k8s.io"
    path = f"/apis/{group}/v1{scope}/{kind.lower()}"
    subject = {"kind": "ServiceAccount", "name": names.KMS, "namespace": names.NAMESPACE}
    reference = {"apiGroup": group, "kind": kind, "name": names.KMS}
    metadata = {"name": names.KMS}
    server.admin.create(f"{path}s", {"metadata": metadata, "rules": rules})
    binding = {"metadata": metadata, "roleRef": reference, "subjects": [subject]}
    server.admin.create(f"{path}bindings", binding)


@pytest.fixture
async def cluster(cluster_ready: ApiServer) -> AsyncIterator[Cluster]:
    """The identity, following the real cluster."""
    server, clock, rows = cluster_ready, SystemClock(), Rows()
    config = yaml.safe_load(
        server.kubeconfig(server.account(names.NAMESPACE, names.KMS)).read_text()
    )
    async with Relay(server.port).running() as relay:
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{relay.port}"
        path = server.folder / f"kubeconfig-relay-{relay.port}.yaml"
        path.write_text(yaml.safe_dump(config))
        client = await connect(path)
        facts = Facts(client, clock, Generation(), random.random)
        material = new_authority(Purpose.SESSIONS, clock.now())
        authority = Authority.load(material.certificate, material.key)
        identity = Identity(
            facts=facts,
            reviews=client,
            rows=rows,
            authorities=lambda: (authority,),
            clock=clock,
        )
        following = asyncio.get_running_loop().create_task(facts.run())
        made = Cluster(server, relay, facts, identity)
        try:
            async with asyncio.timeout(10):
                while facts.age(clock.monotonic()) > 60:  # noqa: ASYNC110 - a real server
                    await asyncio.sleep(0.01)
            yield made
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            await client.close()
