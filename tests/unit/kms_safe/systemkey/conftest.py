# SPDX-License-Identifier: Apache-2.0
"""The real system-key server as a process, certified by a small identity plane in a thread.

The identity plane is the only double: it checks the bearer token and signs with the KMS's own
issuer under a CA as the install job makes it.
"""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import types
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from skm_common import names
from skm_kms.identity.internal_pki import InternalIssuer
from skm_kms.install.ca import make_ca
from skm_kms.systemkey import SystemKeyClient
from skm_kms.tls import client_context, load_chain

TOKEN = "pod-bound-token-of-the-system-key-server"
SERVER_NAME = names.service_name(names.SYSTEM_KEY, names.SYSTEM_KEY_NAMESPACE)
DEADLINE = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE} s: {what}"
        time.sleep(0.02)


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


@dataclass
class IdentityPlane:
    """Signs the system-key server's requests, on a loop of its own thread."""

    issuer: InternalIssuer
    port: int = field(default_factory=free_port)
    sign: Callable[[bytes], bytes] | None = None
    asked: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    async def _certificate(self, request: web.Request) -> web.Response:
        self.asked += 1
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return web.json_response({"detail": "the token is refused"}, status=401)
        csr = (await request.json())["csr"].encode()
        sign = self.sign or (lambda request_: self.issuer.sign_system_key(request_, time.time()))
        chain = sign(csr).decode()
        body = {"certificate": chain, "caBundle": self.issuer.ca_pem.decode()}
        return web.json_response(body)

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/internal/certificate", self._certificate)
        runner = web.AppRunner(app)
        await runner.setup()
        pair = self.issuer.server(time.time())
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.minimum_version = ssl.TLSVersion.TLSv1_3
        load_chain(tls, pair.certificate, pair.key)
        await web.TCPSite(runner, "127.0.0.1", self.port, ssl_context=tls).start()
        self._runner = runner

    def start(self) -> None:
        started = threading.Event()

        def run() -> None:
            self._loop.run_until_complete(self._serve())
            started.set()
            self._loop.run_forever()
            self._loop.run_until_complete(self._runner.cleanup())
            self._loop.close()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert started.wait(DEADLINE)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


@dataclass
class SystemKeyProcess:
    """One real server process."""

    place: Path
    plane: IdentityPlane
    port: int = field(default_factory=free_port)
    health_port: int = field(default_factory=free_port)
    further: dict[str, str] = field(default_factory=dict)

    @property
    def directory(self) -> Path:
        return self.place / "keys"

    def start(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        (self.place / "ca.crt").write_bytes(self.plane.issuer.ca_pem)
        (self.place / "token").write_text(TOKEN)
        settings = {
            "SKM_HOST": "127.0.0.1",
            "SKM_PORT": str(self.port),
            "SKM_HEALTH_PORT": str(self.health_port),
            "SKM_DIRECTORY": str(self.directory),
            "SKM_CA_FILE": str(self.place / "ca.crt"),
            "SKM_TOKEN_FILE": str(self.place / "token"),
            "SKM_IDENTITY_ADDRESS": f"127.0.0.1:{self.plane.port}",
            "SKM_RETRY_FIRST": "0.05",
            "SKM_RETRY_MOST": "0.2",
            **self.further,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "skm_kms.systemkey"], env={**os.environ, **settings}
        )

    def ready(self) -> bool:
        return get(self.health_port, "/readyz")[0] == 200

    def client(self, pair: tuple[bytes, bytes] | None, trusted: bytes) -> SystemKeyClient:
        def tls() -> ssl.SSLContext:
            context = client_context(trusted.decode())
            if pair is not None:
                load_chain(context, *pair)
            return context

        return SystemKeyClient(f"127.0.0.1:{self.port}", SERVER_NAME, tls)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(DEADLINE)


@pytest.fixture(scope="session")
def issuer() -> InternalIssuer:
    ca = make_ca(1, time.time())
    return InternalIssuer.load(ca.certificate, ca.key)


@pytest.fixture(scope="session")
def identity_plane(issuer: InternalIssuer) -> Iterator[IdentityPlane]:
    plane = IdentityPlane(issuer)
    plane.start()
    yield plane
    plane.stop()


@pytest.fixture(scope="session")
def shared_server(
    identity_plane: IdentityPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SystemKeyProcess]:
    server = SystemKeyProcess(tmp_path_factory.mktemp("system-key"), identity_plane)
    server.start()
    eventually(server.ready, "the system-key server is ready")
    yield server
    assert server.stop() == 0


@pytest.fixture
def server(shared_server: SystemKeyProcess) -> SystemKeyProcess:
    """The shared process with nothing stored."""
    shutil.rmtree(shared_server.directory)
    shared_server.directory.mkdir()
    return shared_server


@pytest.fixture
def client(server: SystemKeyProcess, issuer: InternalIssuer) -> SystemKeyClient:
    pair = issuer.client(time.time())
    return server.client((pair.certificate, pair.key), issuer.ca_pem)


@pytest.fixture
def make_server(
    identity_plane: IdentityPlane, tmp_path: Path
) -> Iterator[Callable[..., SystemKeyProcess]]:
    made: list[SystemKeyProcess] = []

    def make(plane: IdentityPlane = identity_plane, **further: str) -> SystemKeyProcess:
        server = SystemKeyProcess(tmp_path / "own", plane, further=further)
        server.start()
        made.append(server)
        return server

    yield make
    for server in made:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait(DEADLINE)


@pytest.fixture(scope="session")
def kit() -> types.SimpleNamespace:
    """What tests need of this module, which they can't import by name."""
    return types.SimpleNamespace(
        IdentityPlane=IdentityPlane, TOKEN=TOKEN, eventually=eventually, get=get
    )
