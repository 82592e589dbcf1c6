# SPDX-License-Identifier: Apache-2.0
"""A small cluster for the identity suites: an API in memory, a clock by hand, and honest pods."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from skm_common import names
from skm_kms.identity import (
    Authority,
    Facts,
    Generation,
    Identity,
    Peer,
    PeerCertificate,
    Purpose,
    Session,
    new_authority,
)
from skm_kms.identity.errors import KubeUnreachableError

NOW = 1_800_000_000.0
NODE, NODE_ADDRESS = "node0", "10.200.0.10"
ADDRESS, MAC = "10.244.0.5", "0a:58:0a:f4:00:05"
PODS = "/api/v1/pods"


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def now(self) -> float:
        return NOW + self.elapsed

    def monotonic(self) -> float:
        return 1000.0 + self.elapsed

    def advance(self, seconds: float) -> None:
        self.elapsed += seconds


class Rows:
    """Sessions in memory."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}

    def get(self, uid: str) -> Session | None:
        return self.sessions.get(uid)

    async def put(self, session: Session) -> None:
        await asyncio.sleep(0)
        self.sessions[session.uid] = session


def uid(number: int) -> str:
    """The number-th UID."""
    return f"00000000-0000-4000-8000-{number:012x}"


def pod(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A running pod of ServiceAccount orders/orders-app, as the API shows it."""
    given = {"name": f"orders-{number}", "ip": ADDRESS, "phase": "Running", **changes}
    annotations = given.get("annotations", {names.CREATED_LABELS: '{"app":"orders"}'})
    metadata: dict[str, Any] = {
        "name": given["name"],
        "namespace": given.get("namespace", "orders"),
        "uid": given.get("uid", uid(number)),
        "creationTimestamp": _time(given.get("created", NOW - 60)),
        "labels": given.get("labels", {"app": "orders"}),
        "annotations": annotations,
        "ownerReferences": given.get("owners", []),
    }
    if "deadline" in given:
        metadata["deletionTimestamp"] = _time(given["deadline"])
    addresses = [{"ip": given["ip"]}] if given["ip"] else []
    spec = {"serviceAccountName": given.get("account", "orders-app")}
    spec["hostNetwork"] = given.get("host_network", False)
    if given.get("node", NODE):
        spec["nodeName"] = given.get("node", NODE)
    status = {"phase": given["phase"], "podIPs": addresses}
    return {"metadata": metadata, "spec": spec, "status": status}


def node_agent(number: int = 900, **changes: Any) -> dict[str, Any]:
    """The node agent's pod."""
    owner = {"kind": "DaemonSet", "name": names.NODE_AGENT, "uid": uid(800), "controller": True}
    given = {
        "name": f"{names.NODE_AGENT}-{number}",
        "namespace": names.NODE_NAMESPACE,
        "account": names.NODE_AGENT,
        "ip": NODE_ADDRESS,
        "host_network": True,
        "owners": [owner],
        "annotations": {},
    }
    return pod(number, **{**given, **changes})


def _time(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Kube:
    """The Kubernetes API in memory: lists, watches, single objects and token reviews.

    `away`: every call fails. `deaf`: watches open and bring nothing more.
    """

    objects: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    tokens: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    version: int = 100
    away: bool = False
    deaf: bool = False
    reviews: int = 0
    gets: list[str] = field(default_factory=list)
    queues: dict[str, list[asyncio.Queue[bytes | None]]] = field(default_factory=dict)

    def put(self, path: str, document: dict[str, Any], event: str = "MODIFIED") -> None:
        """Create or change an object, and tell the watches."""
        self.version += 1
        document = {**document, "metadata": {**document["metadata"]}}
        document["metadata"]["resourceVersion"] = str(self.version)
        document["metadata"].setdefault("creationTimestamp", _time(NOW - 600))
        self.objects.setdefault(path, {})[document["metadata"]["uid"]] = document
        self._tell(path, event, document)

    def remove(self, path: str, uid: str) -> None:
        """Delete an object, and tell the watches."""
        document = self.objects[path].pop(uid)
        self.version += 1
        document["metadata"]["resourceVersion"] = str(self.version)
        self._tell(path, "DELETED", document)

    def hide(self, path: str, document: dict[str, Any]) -> None:
        """An object that exists but whose event has not arrived."""
        self.deaf = True
        self.put(path, document)
        self.deaf = False

    def end_watches(self) -> None:
        """The ten seconds of every watch are over."""
        for queue in [queue for queues in self.queues.values() for queue in queues]:
            queue.put_nowait(None)

    async def get(self, path: str) -> bytes | None:
        if self.away:
            raise KubeUnreachableError("away")
        parts = urlsplit(path)
        if "limit" in parse_qs(parts.query):
            items = list(self.objects.get(parts.path, {}).values())
            metadata = {"resourceVersion": str(self.version)}
            return json.dumps({"metadata": metadata, "items": items}).encode()
        self.gets.append(path)
        *_, namespace, plural, name = parts.path.split("/")
        root = parts.path.split("/namespaces/")[0]
        for document in self.objects.get(f"{root}/{plural}", {}).values():
            meta = document["metadata"]
            if (meta.get("namespace"), meta["name"]) == (namespace, name):
                return json.dumps(document).encode()
        return None

    async def create(self, path: str, body: bytes) -> bytes:
        if self.away:
            raise KubeUnreachableError("away")
        self.reviews += 1
        spec = json.loads(body)["spec"]
        status = self.tokens.get((spec["token"], spec["audiences"][0]), {"authenticated": False})
        return json.dumps({"status": status}).encode()

    @asynccontextmanager
    async def watch(self, path: str, silence: float) -> AsyncIterator[AsyncIterator[bytes]]:
        if self.away:
            raise KubeUnreachableError("away")
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        queues = self.queues.setdefault(urlsplit(path).path, [])
        queues.append(queue)
        try:
            yield self._lines(queue)
        finally:
            queues.remove(queue)

    async def _lines(self, queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
        while (line := await queue.get()) is not None:
            yield line

    def _tell(self, path: str, event: str, document: dict[str, Any]) -> None:
        line = json.dumps({"type": event, "object": document}).encode()
        for queue in [] if self.deaf else self.queues.get(path, []):
            queue.put_nowait(line)

    def token(self, text: str, document: dict[str, Any], audience: str, **changes: Any) -> str:
        """Make a token genuine: bound to a pod, as the API server would review it."""
        meta, spec = document["metadata"], document["spec"]
        account = changes.get("account", spec["serviceAccountName"])
        extra = {"pod-name": meta["name"], "pod-uid": meta["uid"]}
        if spec.get("nodeName"):
            extra["node-name"] = spec["nodeName"]
        extra.update(changes.get("extra", {}))
        named = {f"authentication.kubernetes.io/{k}": [v] for k, v in extra.items() if v}
        user = {"username": f"system:serviceaccount:{meta['namespace']}:{account}", "extra": named}
        self.tokens[text, audience] = {
            "authenticated": True,
            "audiences": changes.get("audiences", [audience]),
            "user": user,
        }
        return text


class World:
    """An identity over a small cluster with one node, its node agent, and one honest pod."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.kube = Kube()
        self.rows = Rows()
        material = new_authority(Purpose.SESSIONS, self.clock.now())
        self.authority = Authority.load(material.certificate, material.key)
        self.facts = Facts(self.kube, self.clock, Generation(), lambda: 0.0)
        self.identity = Identity(
            facts=self.facts,
            reviews=self.kube,
            rows=self.rows,
            authorities=lambda: (self.authority,),
            clock=self.clock,
        )
        self.sequence = 0
        addresses = [{"type": "InternalIP", "address": NODE_ADDRESS}]
        node = {"metadata": {"name": NODE, "uid": uid(700)}, "status": {"addresses": addresses}}
        daemon_set = {"name": names.NODE_AGENT, "namespace": names.NODE_NAMESPACE, "uid": uid(800)}
        self.kube.put("/api/v1/nodes", node)
        path = f"/apis/apps/v1/namespaces/{names.NODE_NAMESPACE}/daemonsets"
        self.kube.put(path, {"metadata": daemon_set})
        self.kube.put(PODS, node_agent())
        self.kube.put(PODS, pod())
        self.agent_token = self.kube.token("agent", node_agent(), names.AUDIENCE_NODE)
        self.pod_token = self.kube.token("pod", pod(), names.AUDIENCE_POD)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["World"]:
        """The world with its facts followed."""
        task = asyncio.get_running_loop().create_task(self.facts.run())
        try:
            await self.settle()
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def settle(self) -> None:
        """Let every event that was sent arrive."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def refresh(self) -> None:
        """Let every watch end and begin again, as it does each ten seconds."""
        await self.settle()
        self.kube.end_watches()
        await self.settle()

    async def change(self, document: dict[str, Any]) -> None:
        """Create or change a pod, and let the news arrive."""
        self.kube.put(PODS, document)
        await self.settle()

    async def report(self, *pods: tuple[str, str, str], **changes: Any) -> int:
        """The node agent reports (uid, ipv4, mac) of each pod as a snapshot."""
        from skm_kms.identity import read_report

        self.sequence += 1
        body = {
            "node": NODE,
            "boot": "b" * 32,
            "sequence": self.sequence,
            "snapshot": True,
            "pods": [report_entry(*one) for one in pods],
            **changes.get("body", {}),
        }
        peer = Peer(changes.get("address", NODE_ADDRESS))
        report = read_report(json.dumps(body).encode())
        token = changes.get("token", self.agent_token)
        return await self.identity.accept_evidence(peer, token, report)


def report_entry(uid: str, ipv4: str, mac: str) -> dict[str, Any]:
    """A pod's entry in a report."""
    witnesses = ["cni", "neighbour", "bridge"]
    return {"uid": uid, "ipv4": ipv4, "mac": mac, "interface": "veth1", "witnesses": witnesses}


def make_csr(
    key: ec.EllipticCurvePrivateKey | None = None,
) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    """A key and a request that it signed."""
    chosen = key or ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return chosen, request.sign(chosen, hashes.SHA256()).public_bytes(Encoding.PEM)


def presented(pem: bytes) -> PeerCertificate:
    """The leaf of a chain as the transport hands it over."""
    leaf = x509.load_pem_x509_certificate(pem)
    return PeerCertificate.from_der(leaf.public_bytes(Encoding.DER))
