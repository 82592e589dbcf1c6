# SPDX-License-Identifier: Apache-2.0
"""What ends while a KMS runs: a certificate's validity, and the room on its disk."""

import resource
import time

from identity_doubles import make_csr
from kms_harness import (
    GENERATED,
    POD_ADDRESS,
    SYMMETRIC,
    Client,
    Installation,
    b64,
    eventually,
    key,
    keystore,
    policy,
)

DB = "/v1/keystores/orders.orders/keys/orders-db"
ENC = "/v1/keystores/orders.orders/keys/enc:encrypt"


def begin(installation: Installation) -> None:
    installation.start()
    for document in (
        keystore(),
        key("orders-db", 510, GENERATED),
        key("enc", 511, SYMMETRIC),
        policy(),
    ):
        assert installation.apply(document).status == 200


def test_an_expired_session_is_told_so_on_old_and_new_connections(alone: Installation) -> None:
    """401 `session_ended` is no refusal: the agent bootstraps again and keeps its files."""
    alone.settings["SESSION_SECONDS"] = "3"
    begin(alone)
    pem = alone.session_pem()
    kept = alone.client("data", POD_ADDRESS, pem)
    begun = time.monotonic()
    assert kept.call("GET", f"{DB}/secret").status == 200
    answer = eventually(lambda: _ended(kept), "the session ends", 10)
    assert time.monotonic() - begun < 6
    assert answer == (401, "session_ended")
    assert _ended(alone.client("data", POD_ADDRESS, pem)) == (401, "session_ended")
    identity = alone.client("identity", POD_ADDRESS, pem)
    renewal = identity.call("POST", "/v1/identity", {"csr": make_csr()[1].decode()})
    assert (renewal.status, renewal.json()["code"]) == (401, "session_ended")
    assert alone.session().call("GET", f"{DB}/secret").status == 200


def _ended(client: Client) -> tuple[int, str] | None:
    answer = client.call("GET", f"{DB}/secret")
    return None if answer.status == 200 else (answer.status, answer.json()["code"])


def test_on_a_full_disk_nothing_is_answered_and_nothing_is_lost(alone: Installation) -> None:
    """Every write of the process fails, by the kernel's own limit, until there is room again."""
    begin(alone)
    ada, pod = alone.administrator(), alone.session()
    before = pod.call("GET", f"{DB}/secret").json()
    assert alone.kms is not None
    _, hard = resource.prlimit(alone.kms.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(alone.kms.pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        refused = pod.call("GET", f"{DB}/secret")
        assert (refused.status, refused.json()["code"]) == (503, "unavailable")
        assert before["fields"]["password"].encode() not in refused.body
        assert pod.call("POST", ENC, {"plaintext": b64(b"x")}).status == 503
        rotated = ada.call("POST", f"{DB}:rotate", {})
        assert (rotated.status, rotated.json()["code"]) == (503, "unavailable")
        eventually(lambda: alone.readiness().status == 503, "the KMS says that it isn't ready")
        missing = alone.readiness().json()["missing"]
        assert missing.keys() & {"database", "audit"}
    finally:
        resource.prlimit(alone.kms.pid, resource.RLIMIT_FSIZE, (hard, hard))
    eventually(lambda: pod.call("GET", f"{DB}/secret").status == 200, "it heals alone")
    eventually(alone.ready, "and says so")
    assert pod.call("GET", f"{DB}/secret").json() == before
    assert ada.call("POST", f"{DB}:rotate", {}).json()["currentVersion"] == before["version"] + 1
    alone.stop_kms()
    alone.start_kms()
    eventually(alone.ready, "and starts again")
    assert alone.session().call("GET", f"{DB}/secret").json()["version"] == before["version"] + 1
