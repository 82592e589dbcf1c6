# SPDX-License-Identifier: Apache-2.0
"""A node of network namespaces with pods on real veths, a real HTTPS double, the real process.

Everything is made below namespaces of its own and gone when they are; the machine's own network
isn't touched. Needs root, as the node itself does.
"""

import ctypes
import itertools
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

SERVER_NAME = "skm-kms.skm-system.svc"
NODE_IP, KMS_IP, GATEWAY = "10.98.0.1", "10.98.0.2", "10.99.0.1"
TOKEN = "a-node-bound-token"
CLONE_NEWNET = 0x40000000
NUMBERS = itertools.count()


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def until(condition: Callable[[], Any], seconds: float = 15.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.01)
    raise AssertionError("it didn't happen in time")


@dataclass
class RealPod:
    """A network namespace that plays a pod."""

    uid: str
    namespace: str
    ipv4: str
    mac: str
    veth: str
    file: Path

    def ip(self, *words: str) -> None:
        ip("-netns", self.namespace, *words)

    def command(self, *words: str) -> list[str]:
        return ["nsenter", f"--net=/run/netns/{self.namespace}", *words]


@dataclass
class RealNode:
    """The host's namespace, and how pods are attached to it."""

    namespace: str
    results: Path
    make: dict[str, Callable[..., bytes]]
    pods: list[RealPod] = field(default_factory=list)

    def ip(self, *words: str) -> None:
        ip("-netns", self.namespace, *words)

    def bridged(self, number: int) -> RealPod:
        pod = self._attach("bridge", number)
        self.ip("link", "set", pod.veth, "master", "cni0")
        pod.ip("address", "add", f"{pod.ipv4}/24", "dev", "eth0")
        pod.ip("route", "add", "default", "via", GATEWAY)
        return pod

    def routed(self, number: int) -> RealPod:
        pod = self._attach("ptp", number)
        self.ip("address", "add", f"{GATEWAY}/32", "dev", pod.veth)
        self.ip("route", "add", pod.ipv4, "dev", pod.veth)
        pod.ip("address", "add", f"{pod.ipv4}/32", "dev", "eth0")
        pod.ip("route", "add", GATEWAY, "dev", "eth0")
        return pod

    def _attach(self, network: str, number: int) -> RealPod:
        namespace, veth = f"{self.namespace}-{number}", f"veth{number}"
        mac, ipv4 = f"02:00:00:00:00:{number:02x}", f"10.99.0.{number}"
        ip("netns", "add", namespace)
        peer = ["peer", "name", "eth0", "address", mac, "netns", namespace]
        self.ip("link", "add", veth, "type", "veth", *peer)
        uid = f"uid-{number}"
        file = self.results / f"pods-{number:064x}-eth0"
        file.write_bytes(self.make[network](uid=uid, mac=mac, ipv4=ipv4, veth=veth))
        pod = RealPod(uid, namespace, ipv4, mac, veth, file)
        self.pods.append(pod)
        self.ip("link", "set", veth, "up")
        pod.ip("link", "set", "lo", "up")
        pod.ip("link", "set", "eth0", "up")
        return pod


@pytest.fixture
def node(
    tmp_path: Path, bridge_result: Callable[..., bytes], ptp_result: Callable[..., bytes]
) -> Iterator[RealNode]:
    results = tmp_path / "results"
    results.mkdir(mode=0o700)
    namespace = f"skmn{os.getpid()}-{next(NUMBERS)}"
    ip("netns", "add", namespace)
    made = RealNode(namespace, results, {"bridge": bridge_result, "ptp": ptp_result})
    try:
        made.ip("link", "set", "lo", "up")
        made.ip("address", "add", f"{NODE_IP}/32", "dev", "lo")
        made.ip("address", "add", f"{KMS_IP}/32", "dev", "lo")
        made.ip("link", "add", "cni0", "type", "bridge")
        made.ip("link", "set", "cni0", "up")
        yield made
    finally:
        for name in [namespace, *(pod.namespace for pod in made.pods)]:
            with suppress(subprocess.CalledProcessError):
                ip("netns", "delete", name)


@pytest.fixture
def bridge(node: RealNode) -> RealNode:
    node.ip("address", "add", f"{GATEWAY}/24", "dev", "cni0")
    return node


@dataclass
class Told:
    """One report as the double got it."""

    body: dict[str, Any]
    token: str
    source: str
    connection: tuple[str, int]


@dataclass
class Kms:
    """The double: takes reports as the KMS does, answers what a test asks it to."""

    reports: list[Told] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    attested: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, told: Told) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.reports.append(told)
            if self.answers:
                return self.answers.pop(0)
            body = told.body
            if body["snapshot"]:
                self.attested.clear()
            self.attested.update({pod["uid"]: pod for pod in body["pods"]})
            for uid in body["removed"]:
                self.attested.pop(uid, None)
            return 200, {"sequence": body["sequence"]}


def _enter(namespace: str) -> None:
    """Move this thread alone into a network namespace; sockets that it makes stay there."""
    with Path("/run/netns", namespace).open("rb") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def _handler(kms: Kms) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            token = self.headers["Authorization"]
            told = Told(body, token, self.client_address[0], self.client_address)
            status, document = kms.take(told) if self.path == "/v1/evidence" else (404, {})
            answer = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler


class Server(ThreadingHTTPServer):
    """Does the handshake in the connection's own thread and says nothing of failed ones."""

    daemon_threads = True
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError), self.context.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)

    def shutdown_request(self, request: Any) -> None:
        with suppress(OSError):
            super().shutdown_request(request)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def serve(node: RealNode, authority: trustme.CA) -> Iterator[Callable[..., Kms]]:
    running: list[Server] = []

    def begin(name: str = SERVER_NAME, address: str = KMS_IP) -> Kms:
        kms = Kms()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        authority.issue_cert(name).configure_cert(context)

        def run() -> None:
            _enter(node.namespace)
            server = Server((address, 8444), _handler(kms))
            server.context = context
            running.append(server)
            server.serve_forever(poll_interval=0.01)

        count = len(running)
        threading.Thread(target=run, daemon=True).start()
        until(lambda: len(running) > count)
        return kms

    yield begin
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def kms(serve: Callable[..., Kms]) -> Kms:
    return serve()


@dataclass
class Agent:
    """The real process, uid 0 without any capability."""

    process: subprocess.Popen[str]
    log: Path
    node: RealNode

    def status(self, name: str) -> str:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name}:"))

    def get(self, path: str) -> str:
        code = (
            "import sys, urllib.request as r;"
            "print(r.urlopen('http://127.0.0.1:18081' + sys.argv[1]).read().decode())"
        )
        words = [f"--net=/run/netns/{self.node.namespace}", sys.executable, "-c", code, path]
        done = subprocess.run(["nsenter", *words], check=False, capture_output=True, text=True)
        return done.stdout

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def begin_agent(
    node: RealNode, tmp_path: Path, authority: trustme.CA
) -> Iterator[Callable[..., Agent]]:
    agents: list[Agent] = []
    hosts, ca, token = tmp_path / "hosts", tmp_path / "ca.crt", tmp_path / "token"
    authority.cert_pem.write_to_path(str(ca))
    token.write_text(TOKEN)

    def begin(replicas: tuple[str, ...] = (KMS_IP,), **settings: str) -> Agent:
        hosts.write_text("".join(f"{one} skm-kms-replicas.skm-system.svc\n" for one in replicas))
        environment = {
            **os.environ,
            "SKM_NODE_NAME": "node0",
            "SKM_NODE_IP": NODE_IP,
            "SKM_RESULTS": str(node.results),
            "SKM_CA_FILE": str(ca),
            "SKM_TOKEN_FILE": str(token),
            "SKM_POLL": "0.1",
            "SKM_RESOLVE": "0.2",
            **{f"SKM_{name.upper()}": value for name, value in settings.items()},
        }
        shell = 'mount --bind "$0" /etc/hosts && exec "$@"'
        dropped = ["--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
        command = ["nsenter", f"--net=/run/netns/{node.namespace}", "unshare", "--mount"]
        command += ["sh", "-c", shell, str(hosts), "setpriv", *dropped, "--no-new-privs"]
        command += [sys.executable, "-m", "skm_injector.node"]
        log = tmp_path / f"log-{len(agents)}"
        with log.open("w") as output:
            process = subprocess.Popen(command, stdout=output, text=True, env=environment)
        agents.append(Agent(process, log, node))
        return agents[-1]

    yield begin
    for agent in agents:
        agent.process.send_signal(signal.SIGTERM)
        agent.process.wait(10)


@pytest.fixture
def agent(begin_agent: Callable[..., Agent], kms: Kms) -> Agent:
    return begin_agent()


@pytest.fixture
def eventually() -> Callable[..., Any]:
    return until
