# SPDX-License-Identifier: Apache-2.0
"""Reading of secrets over the real data plane, by both ways in."""

import threading
import time
from collections.abc import Callable
from typing import Any

from kms_harness import Client, Installation, eventually

DB = "/v1/keystores/orders.orders/keys/orders-db"
Make = Callable[[Installation, str, int], dict[str, Any]]
Change = Callable[..., dict[str, Any]]
MANAGED = "/v1/keystores/orders.orders/keys/managed"


def test_a_secret_is_read_whole(honest: Client) -> None:
    answer = honest.call("GET", f"{DB}/secret")
    found = answer.json()
    assert answer.status == 200
    assert found["fields"]["username"] == "orders"
    assert len(found["fields"]["password"]) == 32
    assert (found["maxOffline"], found["factsMaxAge"]) == (None, 30)
    assert answer.headers["cache-control"] == "no-store"


def test_a_secret_is_read_by_field(honest: Client) -> None:
    found = honest.call("GET", f"{DB}/secret?field=username").json()
    assert found["value"] == "orders"
    assert "fields" not in found


def test_an_absent_field_is_not_found(honest: Client) -> None:
    answer = honest.call("GET", f"{DB}/secret?field=nothing")
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


def test_an_older_version_can_be_read(honest: Client, ada: Client) -> None:
    before = honest.call("GET", f"{DB}/secret").json()
    assert ada.call("POST", f"{DB}:rotate", {}).status == 200
    after = honest.call("GET", f"{DB}/secret").json()
    assert after["version"] == before["version"] + 1
    assert after["fields"]["password"] != before["fields"]["password"]
    old = honest.call("GET", f"{DB}/secret?version={before['version']}").json()
    assert old["fields"] == before["fields"]
    assert honest.call("GET", f"{DB}/secret?version=999").status == 404


def test_a_managed_secret_is_set_by_an_administrator_and_read_at_once(
    honest: Client, ada: Client
) -> None:
    before = ada.call("GET", MANAGED).json()["currentVersion"] or 0
    answer = ada.call("PUT", f"{MANAGED}/secret", {"value": "s3cret", "expectedVersion": before})
    assert (answer.status, answer.json()["currentVersion"]) == (200, before + 1)
    assert b"s3cret" not in answer.body
    assert honest.call("GET", f"{MANAGED}/secret").json()["value"] == "s3cret"


def test_a_caller_may_write_where_a_policy_says_so(honest: Client) -> None:
    answer = honest.call("PUT", f"{MANAGED}/secret", {"value": {"user": "x", "password": "y"}})
    assert answer.status == 200
    read = honest.call("GET", f"{MANAGED}/secret").json()
    assert (read["version"], read["fields"]) == (
        answer.json()["version"],
        {"user": "x", "password": "y"},
    )


def test_set_is_check_and_set(honest: Client) -> None:
    answer = honest.call("PUT", f"{MANAGED}/secret", {"value": "x", "expectedVersion": 7777})
    assert (answer.status, answer.json()["code"]) == (409, "conflict")


def test_a_wait_without_news_ends_with_204(honest: Client) -> None:
    current = honest.call("GET", f"{DB}/secret").json()["version"]
    begun = time.monotonic()
    answer = honest.call("GET", f"{DB}/secret?after={current}&wait=1")
    assert (answer.status, answer.body) == (204, b"")
    assert 0.9 <= time.monotonic() - begun < 5
    assert honest.call("GET", f"{DB}/secret?after={current}").status == 204


def test_a_wait_ends_with_the_news(kms: Installation, honest: Client, ada: Client) -> None:
    current = honest.call("GET", f"{DB}/secret").json()["version"]
    heard: list[tuple[float, int]] = []

    def wait() -> None:
        answer = honest.call("GET", f"{DB}/secret?after={current}&wait=30")
        heard.append((time.monotonic(), answer.json()["version"]))

    thread = threading.Thread(target=wait)
    thread.start()
    eventually(lambda: b"skm_waiting_reads 1" in kms.health("/metrics").body, "the read waits")
    rotated = time.monotonic()
    ada.call("POST", f"{DB}:rotate", {})
    thread.join(10)
    assert heard[0][1] == current + 1
    assert heard[0][0] - rotated < 2


def test_a_wait_ends_at_once_when_access_ends(
    kms: Installation, honest: Client, make_room: Make, changed: Change
) -> None:
    """The policy narrows in the cluster; nobody tells the KMS."""
    rules = make_room(kms, "waits", 530)
    path = "/v1/keystores/orders.waits/keys/waits-db/secret"
    heard: list[tuple[float, int]] = []

    def wait() -> None:
        answer = honest.call("GET", f"{path}?after=1&wait=30")
        heard.append((time.monotonic(), answer.status))

    thread = threading.Thread(target=wait)
    thread.start()
    eventually(lambda: b"skm_waiting_reads 1" in kms.health("/metrics").body, "the read waits")
    ended = time.monotonic()
    kms.put_resource(changed(rules, rules=[{"keys": ["*"], "operations": ["Encrypt"]}]))
    thread.join(10)
    assert heard[0][1] == 403
    assert heard[0][0] - ended < 2


def test_the_request_id_is_the_callers_own(honest: Client) -> None:
    given = {"X-Request-Id": "order-7.1"}
    assert honest.call("GET", f"{DB}/secret", headers=given).headers["x-request-id"] == "order-7.1"
    bad = {"X-Request-Id": "a b\tc"}
    assert honest.call("GET", f"{DB}/secret", headers=bad).headers["x-request-id"] != "a b\tc"


def test_metadata_names_no_material(
    kms: Installation, honest: Client, make_room: Make, changed: Change
) -> None:
    rules = make_room(kms, "described", 533)
    path = "/v1/keystores/orders.described/keys/described-db"
    answer = honest.call("GET", path)
    assert (answer.status, answer.json()["check"]) == (403, "policy")
    wider = [{"keys": ["*"], "operations": ["ReadSecret", "ReadMetadata"]}]
    assert kms.apply(changed(rules, rules=wider)).status == 200
    secret = honest.call("GET", f"{path}/secret").json()
    found = honest.call("GET", path)
    assert found.json()["currentVersion"] == secret["version"]
    assert secret["fields"]["password"].encode() not in found.body
