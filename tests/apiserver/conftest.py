# SPDX-License-Identifier: Apache-2.0
"""A real kube-apiserver on etcd, without kubelet, scheduler or controllers, for every suite below.

What a test gets:

- `apiserver`: the server, one a session, up in a few seconds. `apiserver.admin` is a client in
  `system:masters`; `apiserver.user(name, group)` one with a client certificate;
  `apiserver.node(name)` a fake kubelet; `apiserver.account(namespace, name, ...)` one with a real
  ServiceAccount token; `apiserver.token(...)` such a token alone, bound to a pod or not;
  `apiserver.kubeconfig(client)` a file for kubectl, kopf or the KMS.
- `crds`: the same server with the project's own CRDs established.
- `namespace`: a fresh namespace with its `default` ServiceAccount (nobody else makes one here).

A client answers `Answer(status, body)` and raises nothing for a refusal: refusals are what most
tests are about. `client.must(...)` raises AssertionError unless the answer is 2xx. Types and the
polling `until` are in tests/support/apiserver_harness.py.

There is no garbage collector and no namespace controller: a deleted namespace stays Terminating.
The programs come from `SKM_TEST_BIN`, or are built as `localcluster` builds them, from its cache.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
import yaml
from apiserver_harness import Answer, ApiServer, until
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from localcluster import Settings, Steps, provision

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds kube-apiserver and etcd."""
    if chosen := os.environ.get("SKM_TEST_BIN"):
        return Path(chosen)
    settings = Settings(name="programs", state_root=tmp_path_factory.mktemp("programs"))
    provision.provide(settings, provision.plan(settings), Steps(sys.stderr))
    return settings.bin


@pytest.fixture(scope="session")
def apiserver(programs: Path) -> Iterator[ApiServer]:
    """The API server of this session."""
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


@pytest.fixture(scope="session")
def crds(apiserver: ApiServer) -> ApiServer:
    """The API server, with the project's CRDs established."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    files = sorted((ROOT / "crds").glob("*.yaml"))
    documents = [yaml.safe_load(file.read_text()) for file in files]
    for document in documents:
        apiserver.admin.must("POST", path, document)
    for document in documents:
        name = document["metadata"]["name"]
        until(lambda name=name: _established(apiserver.admin.get(f"{path}/{name}")))
    return apiserver


@pytest.fixture
def namespace(apiserver: ApiServer) -> str:
    """A namespace of the test's own."""
    return apiserver.namespace()


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
