# SPDX-License-Identifier: Apache-2.0
"""A real KMS process beside a real system-key server process; only the cluster is a double.

`Installation` makes what the install job would make, starts both processes, and plays the cluster
through `KubeServer`. Pods have addresses 127.0.0.x: a client binds its socket to its pod's address.
"""

import base64
import http.client
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from identity_doubles import MAC, NODE, PODS, make_csr, node_agent, pod, report_entry, uid
from kube_server import RESOURCES, KubeServer

from skm_common import names
from skm_common.resources import translate
from skm_kms.install.ca import make_ca

KMS_NAME = names.service_name(names.KMS, names.NAMESPACE)
NODE_ADDRESS = "127.0.0.9"
OPERATOR_ADDRESS = "127.0.0.2"
POD_ADDRESS = "127.0.0.5"
DEADLINE = 30.0


def free_port() -> int:
    """A free port that no outgoing connection is ever given: below the ephemeral range."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port


def eventually(condition: Callable[[], Any], what: str, seconds: float = DEADLINE) -> Any:
    """What a condition gives once it holds; polled until a deadline."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return found


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """One kept-alive connection to a plane, from one address, with or without a certificate."""

    port: int
    context: ssl.SSLContext
    address: str = "127.0.0.1"
    _connection: http.client.HTTPSConnection | None = None

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """One request; `body` goes as JSON, `raw` as it is."""
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        sent = {} if content is None else {"Content-Type": "application/json"}
        connection = self._open()
        try:
            connection.request(method, path, content, {**sent, **(headers or {})})
            answer = connection.getresponse()
            found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.will_close:
            self.close()
        return found

    def raw_socket(self) -> ssl.SSLSocket:
        """A TLS connection of one's own."""
        plain = socket.create_connection(("127.0.0.1", self.port), 10, (self.address, 0))
        return self.context.wrap_socket(plain, server_hostname=KMS_NAME)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> http.client.HTTPSConnection:
        if self._connection is None:
            made = http.client.HTTPSConnection(KMS_NAME, self.port, timeout=40)
            made.sock = self.raw_socket()
            self._connection = made
        return self._connection


@dataclass
class Installation:
    """Everything of one installation under one directory."""

    place: Path
    settings: dict[str, str] = field(default_factory=dict)
    cluster: KubeServer = field(default_factory=KubeServer)
    ports: dict[str, int] = field(default_factory=dict)
    sequence: int = 0

    def __post_init__(self) -> None:
        self.kms: subprocess.Popen[bytes] | None = None
        self.system_key: subprocess.Popen[bytes] | None = None
        self.clients: list[Client] = []
        for plane in ("data", "identity", "admin", "health", "system_key", "system_key_health"):
            self.ports[plane] = free_port()
        # A socket's path has at most 107 bytes, and pytest's directories are deep.
        self.run = Path(tempfile.mkdtemp(prefix="skm-"))

    # The things that the install job and the cluster would make.

    def prepare(self) -> None:
        """Root key, internal CA, and a cluster with one node, its agent and namespaces."""
        for name in ("root-key", "internal-ca", "ca", "data", "system-keys"):
            (self.place / name).mkdir(parents=True)
        (self.place / "root-key/root-key").write_bytes(os.urandom(32))
        made = make_ca(1, time.time())
        (self.place / "internal-ca/tls.crt").write_bytes(made.certificate)
        (self.place / "internal-ca/tls.key").write_bytes(made.key)
        (self.place / "ca/ca.crt").write_bytes(made.certificate)
        (self.place / "token").write_text("system-key-token")
        self.cluster.start()
        self._populate()

    def _populate(self) -> None:
        cluster = self.cluster
        for number, name in enumerate(("kube-system", "orders", "other", names.NAMESPACE)):
            cluster.put(
                "/api/v1/namespaces", {"metadata": {"name": name, "uid": uid(600 + number)}}
            )
        addresses = [{"type": "InternalIP", "address": NODE_ADDRESS}]
        node = {"metadata": {"name": NODE, "uid": uid(700)}, "status": {"addresses": addresses}}
        cluster.put("/api/v1/nodes", node)
        daemon_set = {"name": names.NODE_AGENT, "namespace": names.NODE_NAMESPACE, "uid": uid(800)}
        agents = f"/apis/apps/v1/namespaces/{names.NODE_NAMESPACE}/daemonsets"
        cluster.put(agents, {"metadata": daemon_set})
        agent = node_agent(ip=NODE_ADDRESS)
        self._pod(agent, "node-token", names.AUDIENCE_NODE)
        own = {"namespace": names.SYSTEM_KEY_NAMESPACE, "account": names.SYSTEM_KEY}
        keeper = pod(901, name="skm-system-key-0", ip="127.0.0.1", annotations={}, **own)
        self._pod(keeper, "system-key-token", names.AUDIENCE_INTERNAL)
        own = {"namespace": names.NAMESPACE, "account": names.OPERATOR}
        operator = pod(902, name="skm-operator-0", ip=OPERATOR_ADDRESS, annotations={}, **own)
        self._pod(operator, "operator-token", names.AUDIENCE_ADMIN)
        self._pod(pod(1, ip=POD_ADDRESS), "pod-token", names.AUDIENCE_POD)

    def _pod(self, document: dict[str, Any], token: str, audience: str) -> None:
        self.cluster.put(PODS, document)
        self.cluster.call(self.cluster.kube.token, token, document, audience)

    # The processes.

    def start(self) -> None:
        """Start both processes and wait until the KMS is ready."""
        self.start_system_key()
        self.start_kms()
        eventually(self.ready, "the KMS is ready")

    def start_system_key(self) -> None:
        self.system_key = self._process(
            "skm_kms.systemkey",
            HOST="127.0.0.1",
            PORT=str(self.ports["system_key"]),
            HEALTH_PORT=str(self.ports["system_key_health"]),
            DIRECTORY=str(self.place / "system-keys"),
            CA_FILE=str(self.place / "ca/ca.crt"),
            TOKEN_FILE=str(self.place / "token"),
            IDENTITY_ADDRESS=f"127.0.0.1:{self.ports['identity']}",
            RETRY_FIRST="0.1",
            RETRY_MOST="0.3",
        )

    def start_kms(self) -> None:
        planes = ("data", "identity", "admin", "health")
        ports = {f"{name.upper()}_PORT": str(self.ports[name]) for name in planes}
        self.kms = self._process(
            "skm_kms",
            **ports,
            HOST="0.0.0.0",
            DATA_DIRECTORY=str(self.place / "data"),
            ROOT_KEY_FILE=str(self.place / "root-key/root-key"),
            INTERNAL_CA_DIRECTORY=str(self.place / "internal-ca"),
            CA_FILE=str(self.place / "ca/ca.crt"),
            ADMIN_SOCKET=str(self.run / "admin.sock"),
            KUBECONFIG=str(self.cluster.kubeconfig(self.place / "kubeconfig")),
            SYSTEM_KEY_ADDRESS=f"127.0.0.1:{self.ports['system_key']}",
            RETRY_SECONDS="0.1",
            DRAIN_SECONDS="3",
            **self.settings,
        )

    def _process(self, module: str, **settings: str) -> subprocess.Popen[bytes]:
        environment = {f"SKM_{name}": value for name, value in settings.items()}
        log = (self.place / f"{module}.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", module],
                env={"PATH": os.environ["PATH"], **environment},
                stderr=log,
                stdout=log,
            )

    def log(self, module: str = "skm_kms") -> str:
        """What a process has logged."""
        return (self.place / f"{module}.log").read_text()

    def readiness(self) -> Answer:
        """The answer of /readyz, or status 0 where nothing listens."""
        return self.health("/readyz")

    def health(self, path: str) -> Answer:
        url = f"http://127.0.0.1:{self.ports['health']}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())
        except OSError:
            return Answer(0, {}, b"{}")

    def ready(self) -> bool:
        if self.kms is not None:
            assert self.kms.poll() is None, self.log()
        return self.readiness().status == 200

    def stop_kms(self, number: int = signal.SIGTERM) -> int:
        """End the KMS and return its exit status."""
        assert self.kms is not None
        self.kms.send_signal(number)
        status = self.kms.wait(20)
        self.kms = None
        return status

    def stop(self) -> None:
        """End everything."""
        for client in self.clients:
            client.close()
        for process in (self.kms, self.system_key):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(20)
        self.cluster.stop()
        shutil.rmtree(self.run)

    # The callers.

    def client(self, plane: str, address: str = "127.0.0.1", pem: str | None = None) -> Client:
        """A client of a plane; `pem` is a chain with its key."""
        context = ssl.create_default_context(cafile=str(self.place / "ca/ca.crt"))
        if pem is not None:
            path = self.place / f"client-{time.monotonic_ns()}.pem"
            path.write_text(pem)
            context.load_cert_chain(path)
        made = Client(self.ports[plane], context, address)
        self.clients.append(made)
        return made

    def session(
        self, address: str = POD_ADDRESS, token: str = "pod-token", source: str | None = None
    ) -> Client:
        """A pod with a fresh session certificate, as a client of the data plane.

        `source`: the address that it calls from afterwards, if another than its own.
        """
        return self.client("data", source or address, self.session_pem(address, token))

    def session_pem(self, address: str = POD_ADDRESS, token: str = "pod-token") -> str:
        key, csr = make_csr()
        identity = self.client("identity", address)
        headers = {"Authorization": f"Bearer {token}"}
        answer = identity.call("POST", "/v1/identity", {"csr": csr.decode()}, headers)
        identity.close()
        assert answer.status == 200, answer.body
        return answer.json()["certificate"] + private_pem(key)

    def administrator(self, name: str = "ada") -> Client:
        """The first administrator, made over the Unix socket."""
        key, csr = make_csr()
        answer = self.socket_call("/v1/init", {"name": name, "csr": csr.decode()})
        assert answer.status == 200, answer.body
        return self.client("admin", pem=answer.json()["certificate"] + private_pem(key))

    def socket_call(self, path: str, body: Any) -> Answer:
        connection = http.client.HTTPConnection("localhost", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.run / "admin.sock"))
        content = json.dumps(body).encode()
        connection.request("POST", path, content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return found

    def operator(self) -> Client:
        return self.client("admin", OPERATOR_ADDRESS)

    def apply(self, document: dict[str, Any], client: Client | None = None) -> Answer:
        """Put a resource into the cluster and tell the KMS, as the operator does."""
        self.put_resource(document)
        return self.tell(document, client)

    def put_resource(self, document: dict[str, Any]) -> None:
        self.cluster.put(f"{RESOURCES}/{names.PLURALS[document['kind']]}", document)

    def tell(self, document: dict[str, Any], client: Client | None = None) -> Answer:
        wanted = translate(document)
        body = {"resource": wanted.reference.document(), "desired": wanted.document()}
        caller = client or self.operator()
        return caller.call("PUT", path_of(document), body, OPERATOR)

    def gone(self, document: dict[str, Any]) -> Answer:
        """Take a resource out of the cluster and tell the KMS, as the operator does."""
        uid_ = document["metadata"]["uid"]
        self.cluster.remove(f"{RESOURCES}/{names.PLURALS[document['kind']]}", uid_)
        path = f"{path_of(document)}?uid={uid_}"
        return self.operator().call("DELETE", path, headers=OPERATOR)

    def attest(self, *pods: tuple[str, str, str]) -> Answer:
        """The node agent reports (uid, ipv4, mac) of each pod as a snapshot."""
        self.sequence += 1
        body = {
            "node": NODE,
            "boot": "b" * 32,
            "sequence": self.sequence,
            "snapshot": True,
            "pods": [report_entry(*one) for one in pods],
        }
        headers = {"Authorization": "Bearer node-token"}
        identity = self.client("identity", NODE_ADDRESS)
        answer = identity.call("POST", "/v1/evidence", body, headers)
        identity.close()
        return answer

    def attest_honest(self) -> Answer:
        return self.attest((uid(1), POD_ADDRESS, MAC))


OPERATOR = {"Authorization": "Bearer operator-token"}


def path_of(document: dict[str, Any]) -> str:
    """Where the admin plane keeps the object behind a resource."""
    meta, spec = document["metadata"], document["spec"]
    keystore = spec["keystoreRef"]["name"] if "keystoreRef" in spec else meta["name"]
    base = f"/v1/keystores/{meta['namespace']}.{keystore}"
    parts = {"Keystore": "", "Key": f"/keys/{meta['name']}"}
    return base + parts.get(document["kind"], f"/policies/{meta['name']}")


def resource(
    kind: str, name: str, spec: dict[str, Any], number: int, **meta: Any
) -> dict[str, Any]:
    """A custom resource as the API server has it."""
    metadata = {"name": name, "namespace": "orders", "uid": uid(number), "generation": 1, **meta}
    return {"apiVersion": names.API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def keystore(name: str = "orders", number: int = 501, **spec: Any) -> dict[str, Any]:
    methods = {"clientCertificate": {}, "ipv4": {}}
    return resource("Keystore", name, {"authentication": methods, **spec}, number)


def key(name: str, number: int, material: dict[str, Any], store: str = "orders") -> dict[str, Any]:
    return resource("Key", name, {"keystoreRef": {"name": store}, **material}, number)


def policy(
    number: int = 590,
    keys: tuple[str, ...] = ("*",),
    operations: tuple[str, ...] = ("ReadSecret", "WriteSecret", "Encrypt", "Decrypt"),
    store: str = "orders",
    **changes: Any,
) -> dict[str, Any]:
    workload = {
        "serviceAccountName": "orders-app",
        "podSelector": {"matchLabels": {"app": "orders"}},
    }
    spec = {
        "keystoreRef": {"name": store},
        "subjects": [{"workload": workload}],
        "rules": [{"keys": list(keys), "operations": list(operations)}],
        **changes,
    }
    return resource("AccessPolicy", f"{store}-app", spec, number)


GENERATED = {"secret": {"generate": {"username": {"value": "orders"}, "password": {"length": 32}}}}
MANAGED = {"secret": {"managed": {}}}
SYMMETRIC = {"symmetric": {"algorithm": "XAES256-GCM"}}


def private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
