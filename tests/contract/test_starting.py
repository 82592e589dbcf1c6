# SPDX-License-Identifier: Apache-2.0
"""Starting, stopping and what can be missing: unready with the reason, and healed alone."""

import hashlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from kms_harness import GENERATED, Installation, eventually, key, keystore, policy

DB = "/v1/keystores/orders.orders/keys/orders-db/secret"


def fingerprint(directory: Path) -> dict[str, str]:
    """Every file under a directory by the hash of its content, without SQLite's side files."""
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(directory.rglob("*"))
        if file.is_file() and not file.name.endswith(("-wal", "-shm", "lock"))
    }


def populated(installation: Installation) -> bytes:
    """Start, make one secret, read it."""
    installation.start()
    for document in (keystore(), key("orders-db", 510, GENERATED), policy()):
        assert installation.apply(document).status == 200
    return installation.session().call("GET", DB).body


def missing(installation: Installation, part: str, word: str = "") -> str:
    """Why a part is missing, once the KMS says so and in this word."""

    def said() -> str:
        answer = installation.readiness()
        if answer.status != 503:
            return ""
        reason: str = answer.json()["missing"].get(part, "")
        told = word in reason and not reason.startswith("not reached yet")
        return reason if told else ""

    return str(eventually(said, f"{part} is said to be missing"))


def test_both_processes_that_hold_keys_leave_no_core(alone: Installation) -> None:
    alone.start()
    for process in (alone.kms, alone.system_key):
        assert process is not None
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits)


def test_a_restart_serves_the_same_secret(alone: Installation) -> None:
    before = populated(alone)
    assert alone.stop_kms() == 0
    alone.start_kms()
    eventually(alone.ready, "the KMS is ready again")
    assert alone.session().call("GET", DB).body == before


def test_a_kill_loses_nothing_that_was_answered(alone: Installation) -> None:
    populated(alone)
    ada = alone.administrator()
    rotated = ada.call("POST", DB.replace("/secret", ":rotate"), {}).json()["currentVersion"]
    before = alone.session().call("GET", DB).body
    alone.stop_kms(signal.SIGKILL)
    alone.start_kms()
    eventually(alone.ready, "the KMS is ready again")
    after = alone.session().call("GET", DB)
    assert (after.body, after.json()["version"]) == (before, rotated)


def test_without_the_system_key_server_it_waits_and_says_so(alone: Installation) -> None:
    alone.start_kms()
    assert "does not answer" in missing(alone, "systemKeyServer")
    assert alone.health("/healthz").status == 200
    alone.start_system_key()
    eventually(alone.ready, "the KMS recovers by itself")


def test_without_the_internal_ca_it_waits_and_says_so(alone: Installation) -> None:
    held = alone.place / "internal-ca/tls.key"
    held.rename(alone.place / "tls.key")
    alone.start_system_key()
    alone.start_kms()
    assert "mount the Secret" in missing(alone, "internalCa")
    (alone.place / "tls.key").rename(held)
    eventually(alone.ready, "the KMS recovers by itself")


def test_without_the_api_server_it_starts_and_lets_nobody_in(alone: Installation) -> None:
    alone.start_system_key()
    alone.cluster.down = True
    alone.start_kms()
    eventually(lambda: alone.health("/healthz").status == 200, "health is served")
    assert missing(alone, "cluster", "503")
    alone.cluster.down = False
    eventually(alone.ready, "the KMS recovers by itself")


def test_a_wrong_root_key_is_said_and_touches_nothing(alone: Installation) -> None:
    before = populated(alone)
    alone.stop_kms()
    file = alone.place / "root-key/root-key"
    genuine = file.read_bytes()
    file.write_bytes(os.urandom(32))
    untouched = fingerprint(alone.place / "data")
    alone.start_kms()
    assert "original root key" in missing(alone, "rootKey")
    assert fingerprint(alone.place / "data") == untouched
    file.write_bytes(genuine)
    eventually(alone.ready, "the right root key heals it")
    assert alone.session().call("GET", DB).body == before


def test_a_lost_system_key_server_is_no_first_start(alone: Installation) -> None:
    populated(alone)
    alone.stop_kms()
    assert alone.system_key is not None
    alone.system_key.terminate()
    alone.system_key.wait(20)
    for file in (alone.place / "system-keys").iterdir():
        file.unlink()
    alone.start_system_key()
    alone.start_kms()
    assert missing(alone, "systemKeyServer", "restore")


def test_a_lost_database_is_no_first_start(alone: Installation) -> None:
    populated(alone)
    alone.stop_kms()
    for file in (alone.place / "data").glob("state.db*"):
        file.unlink()
    alone.start_kms()
    assert missing(alone, "systemKeyServer", "restore")


EDITS = {
    "an edited body": "UPDATE rows SET body = CAST(replace(body, 'orders', 'othens') AS BLOB)"
    " WHERE name = 'keys'",
    "another generation": "UPDATE rows SET generation = 2 WHERE name = 'policies'",
    "another ID": "UPDATE rows SET id = 'ks-0' WHERE name = 'keystores'",
    "another table": "UPDATE rows SET name = 'administrators' WHERE name = 'policies'",
    "an empty tag": "UPDATE rows SET tag = x'' WHERE name = 'authorities'",
    "a row of the future": "UPDATE rows SET sequence = 9999 WHERE name = 'keys'",
    "a removed version": "DELETE FROM rows WHERE name = 'key_versions'",
    "a removed keystore": "DELETE FROM rows WHERE name = 'keystores'",
    "a foreign row": "INSERT INTO rows SELECT 'keys', 'key-x', generation, body, tag, sequence"
    " FROM rows WHERE name = 'keys'",
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """A KMS with one secret, stopped; each test edits its database and puts it back."""
    installation = Installation(tmp_path_factory.mktemp("stopped") / "kms")
    installation.prepare()
    try:
        populated(installation)
        installation.stop_kms()
        yield installation
    finally:
        installation.stop()


@pytest.mark.parametrize("name", EDITS)
def test_a_database_that_was_tampered_with_is_refused(stopped: Installation, name: str) -> None:
    file = stopped.place / "data/state.db"
    genuine = file.read_bytes()
    edit(file, EDITS[name])
    stopped.start_kms()
    try:
        reason = missing(stopped, "database")
        assert "is refused" in reason
        assert "of table" in reason
    finally:
        stopped.stop_kms()
        put_back(file, genuine)


def edit(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file)
    try:
        assert connection.execute(statement).rowcount > 0
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def put_back(file: Path, genuine: bytes) -> None:
    for side in ("-wal", "-shm"):
        Path(f"{file}{side}").unlink(missing_ok=True)
    file.write_bytes(genuine)


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"x" * 4000])
def test_a_file_that_is_no_database_is_left_alone(stopped: Installation, content: bytes) -> None:
    file = stopped.place / "data/state.db"
    genuine = file.read_bytes()
    try:
        file.write_bytes(content)
        stopped.start_kms()
        assert "database" in missing(stopped, "database")
        assert file.read_bytes() == content
    finally:
        stopped.stop_kms()
        file.write_bytes(genuine)


def test_the_untouched_database_still_serves(stopped: Installation) -> None:
    """Whatever the tests before did was refused for what they did, and nothing else."""
    stopped.start_kms()
    eventually(stopped.ready, "the KMS is ready")
    stopped.stop_kms()


def test_a_running_kms_serves_on_without_root_key_and_system_key_server(
    alone: Installation,
) -> None:
    before = populated(alone)
    assert alone.system_key is not None
    alone.system_key.terminate()
    alone.system_key.wait(20)
    (alone.place / "root-key/root-key").rename(alone.place / "away")
    assert alone.session().call("GET", DB).body == before
    assert alone.readiness().status == 200


def test_an_api_server_that_is_away_makes_calls_undetermined_and_never_denied(
    alone: Installation,
) -> None:
    """factsMaxAge is 30 s at least, so the test looks at new sessions, which ask the API server."""
    before = populated(alone)
    pod = alone.session()
    alone.cluster.down = True
    identity = alone.client("identity", "127.0.0.5")
    headers = {"Authorization": "Bearer unknown-token"}
    from identity_doubles import make_csr

    answer = identity.call("POST", "/v1/identity", {"csr": make_csr()[1].decode()}, headers)
    assert (answer.status, answer.json()["code"]) == (503, "undetermined")
    assert pod.call("GET", DB).body == before


def test_a_stopping_kms_answers_what_was_asked(alone: Installation) -> None:
    populated(alone)
    pod = alone.session()
    current = pod.call("GET", DB).json()["version"]
    heard: list[int] = []
    waiting = threading.Thread(
        target=lambda: heard.append(pod.call("GET", f"{DB}?after={current}&wait=30").status)
    )
    waiting.start()
    eventually(lambda: b"skm_waiting_reads 1" in alone.health("/metrics").body, "it waits")
    begun = time.monotonic()
    assert alone.stop_kms() == 0
    waiting.join(10)
    assert heard == [204]
    assert time.monotonic() - begun < 10


def test_metrics_are_readable(alone: Installation) -> None:
    alone.start()
    lines = alone.health("/metrics").body.decode().splitlines()
    named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {"skm_ready", "skm_dependency_up", "skm_resident_bytes"} <= named
    values = [line for line in lines if not line.startswith("#")]
    assert all(float(line.rsplit(" ", 1)[1]) >= 0 for line in values)
    assert alone.health("/nothing").status == 404


def test_the_version_is_printed() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "skm_kms", "--version"], capture_output=True, check=True
    )
    assert ran.stdout.decode().strip() == "0.1.0"


def test_a_setting_that_cant_be_read_is_said() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "skm_kms"],
        env={"PATH": os.environ["PATH"], "SKM_DATA_PORT": "eighty"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, "SKM_DATA_PORT" in ran.stderr.decode()) == (2, True)
