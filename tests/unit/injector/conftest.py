# SPDX-License-Identifier: Apache-2.0
"""The agent as a real process, beside a small real double of the KMS."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from agent_kms_double import SERVER_NAME, TOKEN, KmsDouble
from agent_process import AgentProcess


@pytest.fixture
def kms() -> Iterator[KmsDouble]:
    double = KmsDouble()
    double.start()
    yield double
    double.stop()


@pytest.fixture
def public_path() -> Iterator[Path]:
    """A folder that other users may use, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory(prefix="skm-agent-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.fixture
def start_agent(kms: KmsDouble, public_path: Path) -> Iterator[Callable[..., AgentProcess]]:
    started: list[AgentProcess] = []
    token = public_path / "token"

    def start(
        keys: str = "orders.orders/orders-db", prefix: tuple[str, ...] = (), **settings: str
    ) -> AgentProcess:
        token.write_text(TOKEN)
        known = {
            "ca": kms.ca.cert_pem.bytes().decode(),
            "data": kms.address,
            "identity": kms.address,
            "server_name": SERVER_NAME,
            "keys": keys,
            "on_denied": "wipe",
            "token": str(token),
        }
        agent = AgentProcess.start(public_path, len(started), prefix, **{**known, **settings})
        started.append(agent)
        return agent

    yield start
    for agent in started:
        if agent.process.poll() is None:
            agent.process.kill()
            agent.process.wait(10)
