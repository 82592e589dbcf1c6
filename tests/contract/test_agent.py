# SPDX-License-Identifier: Apache-2.0
"""The real agent beside the real KMS: what either expects of the other, end to end."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kms_harness import (
    GENERATED,
    POD_ADDRESS,
    Installation,
    eventually,
    key,
    keystore,
    policy,
)

ROTATE = "/v1/keystores/orders.orders/keys/orders-db:rotate"

# A pod's packets carry its address; on one machine the process has to be told so.
FROM_THE_POD = """
import runpy, socket, sys
connect, address = socket.create_connection, sys.argv.pop()
socket.create_connection = lambda to, timeout, _: connect(to, timeout, (address, 0))
runpy.run_module("skm_injector.agent", run_name="__main__", alter_sys=False)
"""


@dataclass
class Pod:
    """An agent and its memory volume."""

    process: "subprocess.Popen[bytes]"
    place: Path

    def read(self, name: str) -> str:
        """A file, empty while it isn't there."""
        path = self.place / "secrets" / name
        return path.read_text() if path.exists() else ""

    def log(self) -> str:
        return (self.place / "log").read_text()

    def until(self, wanted: object, seconds: float = 20.0) -> None:
        """Polls; shows the agent's log when time runs out."""
        try:
            eventually(wanted, "the agent", seconds)  # type: ignore[arg-type]
        except AssertionError:
            pytest.fail(self.log())


@pytest.fixture
def kms(alone: Installation) -> Installation:
    alone.start()
    for document in (keystore(), key("orders-db", 510, GENERATED), policy()):
        assert alone.apply(document).status == 200
    return alone


@pytest.fixture
def pod(kms: Installation, tmp_path: Path) -> Iterator[Pod]:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "token").write_text("pod-token")
    settings = {
        "CA": (kms.place / "ca/ca.crt").read_text(),
        "DATA": f"127.0.0.1:{kms.ports['data']}",
        "IDENTITY": f"127.0.0.1:{kms.ports['identity']}",
        "SERVER_NAME": "skm-kms.skm-system.svc",
        "KEYS": "orders.orders/orders-db",
        "ON_DENIED": "wipe",
        "DIRECTORY": str(tmp_path / "secrets"),
        "TOKEN": str(tmp_path / "token"),
        "TERMINATION_LOG": str(tmp_path / "termination"),
        "LISTEN": "0",
    }
    environment = {f"SKM_{name}": value for name, value in settings.items()}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", FROM_THE_POD, POD_ADDRESS],
            env={"PATH": os.environ["PATH"], **environment},
            stdout=log,
            stderr=log,
        )
    yield Pod(process, tmp_path)
    process.kill()
    process.wait()


def test_a_secret_comes_changes_and_goes(kms: Installation, pod: Pod) -> None:
    pod.until(lambda: pod.read(".skm-injected"))
    first = pod.read("orders-db/password")
    assert (len(first), pod.read("orders-db/username")) == (32, "orders")

    began = time.monotonic()
    assert kms.administrator().call("POST", ROTATE, {}).status == 200
    pod.until(lambda: pod.read("orders-db/password") not in ("", first), 5)
    assert time.monotonic() - began < 5

    assert kms.gone(policy()).status == 200
    pod.until(lambda: not pod.read("orders-db/password"), 40)
    assert first not in pod.log()


def test_a_kms_that_restarts_takes_nothing_away(kms: Installation, pod: Pod) -> None:
    pod.until(lambda: pod.read(".skm-injected"))
    first = pod.read("orders-db/password")
    kms.stop_kms()
    pod.until(lambda: "undetermined" in pod.log())
    assert pod.read("orders-db/password") == first
    kms.start_kms()
    eventually(kms.ready, "the KMS is ready again")
    ada = kms.administrator()
    assert ada.call("POST", ROTATE, {}).status == 200
    pod.until(lambda: pod.read("orders-db/password") not in ("", first), 25)
