# SPDX-License-Identifier: Apache-2.0
"""The audit log over the admin plane: every answer has its record, verifiable from outside."""

import json
from typing import Any

from kms_harness import Client, Installation, b64, eventually

from skm_common.tlog import (
    CHECKPOINT_PATH,
    bundles_of,
    open_checkpoint,
    parse_verifier_key,
    split_entries,
    verify_log,
)
from skm_kms.crypto import verify_ed25519

LOG = "/v1/audit/skm-kms-0"
DB = "/v1/keystores/orders.orders/keys/orders-db/secret"
ENC = "/v1/keystores/orders.orders/keys/enc"


def records(ada: Client) -> list[dict[str, Any]]:
    """Every record under the newest head, after the whole log has been verified."""
    verifier = parse_verifier_key(ada.call("GET", "/v1/audit/key").body.decode(), verify_ed25519)
    head = ada.call("GET", f"{LOG}/{CHECKPOINT_PATH}").body

    def read(path: str) -> bytes | None:
        if path == CHECKPOINT_PATH:
            return head
        answer = ada.call("GET", f"{LOG}/{path}")
        return None if answer.status == 404 else answer.body

    verify_log(read, verifier)
    size = open_checkpoint(head, verifier).size
    bundles = [read(bundle.path()) for bundle in bundles_of(size)]
    return [json.loads(entry) for bundle in bundles for entry in split_entries(bundle or b"")]


def of(ada: Client, request: str) -> dict[str, Any]:
    found = [record for record in records(ada) if record["request"] == request]
    assert len(found) == 1
    return found[0]


def test_an_allowed_call_says_who_what_and_by_which_checks(honest: Client, ada: Client) -> None:
    answer = honest.call("GET", DB, headers={"X-Request-Id": "allowed-1"})
    record = of(ada, "allowed-1")
    assert record["outcome"] == "allowed"
    assert (record["plane"], record["operation"]) == ("data", "ReadSecret")
    assert (record["keystore"], record["key"]) == ("orders.orders", "orders-db")
    assert record["version"] == answer.json()["version"]
    assert record["address"] == "127.0.0.5"
    assert record["caller"]["serviceAccount"] == "orders-app"
    assert len(record["certificate"]) == 64
    assert record["checks"] == {
        "clientCertificate": "passed",
        "ipv4": "passed",
        "mac": "notSelected",
        "policy": "passed",
    }


def test_a_denied_call_names_the_check(honest: Client, ada: Client) -> None:
    honest.call("GET", DB.removesuffix("/secret"), headers={"X-Request-Id": "denied-1"})
    record = of(ada, "denied-1")
    assert (record["outcome"], record["code"]) == ("denied", "denied")
    assert record["checks"]["policy"] == "denied"


def test_a_hidden_key_and_a_bad_body_are_recorded_too(honest: Client, ada: Client) -> None:
    honest.call("GET", DB.replace("orders-db", "absent"), headers={"X-Request-Id": "hidden-1"})
    assert of(ada, "hidden-1")["code"] == "not_found"
    honest.call("POST", f"{ENC}:encrypt", {"plaintext": ""}, {"X-Request-Id": "bad-1"})
    record = of(ada, "bad-1")
    assert (record["outcome"], record["code"]) == ("failed", "invalid_request")


def test_a_change_by_an_administrator_is_recorded(ada: Client) -> None:
    path = "/v1/keystores/orders.orders/keys/managed/secret"
    ada.call("PUT", path, {"value": "canary-77"}, {"X-Request-Id": "set-1"})
    record = of(ada, "set-1")
    assert (record["operation"], record["caller"]["name"]) == ("SetSecret", "ada")
    assert (record["keystore"], record["key"]) == ("orders.orders", "managed")


def test_strangers_are_counted_and_fill_no_log(kms: Installation, ada: Client) -> None:
    stranger = kms.client("data", "127.0.0.77")
    for _ in range(50):
        assert stranger.call("GET", DB).status == 403

    def counted() -> int:
        found = [r for r in records(ada) if r["address"] == "127.0.0.77"]
        assert len(found) <= 2
        return sum(r.get("count", 1) for r in found)

    eventually(lambda: counted() == 50, "the strangers' refusals are counted")
    assert {r["code"] for r in records(ada) if r["address"] == "127.0.0.77"} == {
        "denied/clientCertificate"
    }


def test_no_value_stands_in_the_log(kms: Installation, honest: Client, ada: Client) -> None:
    password = honest.call("GET", DB).json()["fields"]["password"]
    honest.call("POST", f"{ENC}:encrypt", {"plaintext": b64(b"canary-88")})
    text = json.dumps(records(ada))
    for canary in (password, "canary-77", "canary-88", b64(b"canary-88")):
        assert canary not in text
        assert canary not in kms.log()
    for file in (kms.place / "data").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert password.encode() not in content
            assert b"canary-77" not in content
