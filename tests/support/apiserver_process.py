# SPDX-License-Identifier: Apache-2.0
"""Starting and ending a real etcd and kube-apiserver on free loopback ports, without a kubelet."""

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme
import yaml
from apiserver_harness import Answer, ApiServer, until
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@contextmanager
def running_apiserver(programs: Path) -> Iterator[ApiServer]:
    """An API server with a store of its own; both die with this process."""
    with tempfile.TemporaryDirectory(prefix="skm-apiserver-") as name:
        folder = Path(name)
        ca = trustme.CA()
        ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        port, store = _free_ports(2)
        running = [_start(programs / "etcd", _etcd(folder, store), folder)]
        try:
            arguments = _api_server(folder, ca, port, store)
            running.append(_start(programs / "kube-apiserver", arguments, folder))
            server = ApiServer(port, folder, ca)
            _await_ready(server, running)
            yield server
        finally:
            for process in reversed(running):
                process.kill()
                process.wait()


def establish_crds(server: ApiServer) -> None:
    """Put the project's CRDs in and wait until they are served."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    files = sorted((ROOT / "crds").glob("*.yaml"))
    documents = [yaml.safe_load(file.read_text()) for file in files]
    for document in documents:
        server.admin.must("POST", path, document)
    for document in documents:
        name = document["metadata"]["name"]
        until(lambda name=name: _established(server.admin.get(f"{path}/{name}")))


def _established(answer: Answer) -> bool:
    conditions = answer.body.get("status", {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _start(program: Path, arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a program that dies with this process, whatever kills it."""
    command = ["setpriv", "--pdeathsig", "KILL", "--", str(program), *arguments]
    with (folder / f"{program.name}.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def _etcd(folder: Path, port: int) -> list[str]:
    """On a Unix socket towards its peers, of which there are none."""
    return [
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls=http://127.0.0.1:{port}",
        f"--advertise-client-urls=http://127.0.0.1:{port}",
        f"--listen-peer-urls=unix://{folder}/peer.sock:0",
        "--unsafe-no-fsync",
    ]


def _api_server(folder: Path, ca: trustme.CA, port: int, store: int) -> list[str]:
    ca.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "server.pem")
    )
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "accounts.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return [
        f"--etcd-servers=http://127.0.0.1:{store}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.96.0.0/24",
        f"--client-ca-file={folder}/ca.pem",
        f"--tls-cert-file={folder}/server.pem",
        f"--tls-private-key-file={folder}/server.pem",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder}/accounts.pem",
        f"--service-account-signing-key-file={folder}/accounts.pem",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--shutdown-delay-duration=0s",
    ]


def _await_ready(server: ApiServer, running: list[subprocess.Popen[bytes]]) -> None:
    def ready() -> bool:
        for process in running:
            assert process.poll() is None, f"{process.args[4]} ended at its start"
        try:
            return server.admin.get("/readyz").status == 200
        except OSError:
            return False

    until(ready, START_SECONDS)
