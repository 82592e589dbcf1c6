# SPDX-License-Identifier: Apache-2.0
"""Whatever can't be read is answered 4xx with a code, by both ways in; nothing of it is logged."""

import json

import pytest
from kms_harness import Client, Installation, b64

ENC = "/v1/keystores/orders.orders/keys/enc"
MANAGED = "/v1/keystores/orders.orders/keys/managed"
DB = "/v1/keystores/orders.orders/keys/orders-db"
CANARY = "canary-3f9a"
DEEP = b"[" * 30_000
HUGE = "x" * (32 * 1024)

BODIES = {
    "unknown field": b'{"plaintext": "aGk=", "padding": "none"}',
    "wrong type": b'{"plaintext": 5}',
    "null": b'{"plaintext": null}',
    "missing": b"{}",
    "empty plaintext": b'{"plaintext": ""}',
    "empty body": b"",
    "no object": b"[]",
    "no JSON": b"plaintext=aGk=",
    "trailing": b'{"plaintext": "aGk="} {}',
    "invalid base64": b'{"plaintext": "aGk"}',
    "url-safe base64": b'{"plaintext": "_-8="}',
    "invalid UTF-8": b'{"plaintext": "\xff\xfe"}',
    "deep": b'{"plaintext": ' + DEEP + b"}",
    "deep unknown": b'{"x": ' + DEEP + b"}",
    "duplicate braces": b"{{",
    "NUL": b"\x00",
    "canary": b'{"plaintext": "canary-3f9a!"}',
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cant_be_read_is_refused(honest: Client, name: str) -> None:
    answer = honest.call("POST", f"{ENC}:encrypt", raw=BODIES[name])
    assert (answer.status, answer.json()["code"]) == (400, "invalid_request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY.encode() not in answer.body


VALUES = {
    "empty": b'{"value": ""}',
    "empty object": b'{"value": {}}',
    "empty field": b'{"value": {"a": ""}}',
    "bad field name": b'{"value": {"a b": "x"}}',
    "field with dots": b'{"value": {"a..b": "x"}}',
    "NUL": b'{"value": "a\\u0000b"}',
    "NUL in a field": b'{"value": {"a": "b\\u0000"}}',
    "lone surrogate": b'{"value": "\\ud800"}',
    "surrogate in a field": b'{"value": {"a": "\\udfff"}}',
    "number": b'{"value": 7}',
    "nested": b'{"value": {"a": {"b": "c"}}}',
    "list": b'{"value": ["a"]}',
    "unknown field": b'{"value": "a", "x": 1}',
    "text as version": b'{"value": "a", "expectedVersion": "1"}',
    "invalid UTF-8": b'{"value": "\xc3\x28"}',
    "deep": b'{"value": ' + DEEP + b"}",
    "missing": b"{}",
    "too many fields": json.dumps({"value": {f"f{n}": "x" for n in range(33)}}).encode(),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_no_secret_can_have_is_refused_on_the_data_plane(
    honest: Client, name: str
) -> None:
    answer = honest.call("PUT", f"{MANAGED}/secret", raw=VALUES[name])
    assert (answer.status, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_no_secret_can_have_is_refused_on_the_admin_plane(
    ada: Client, name: str
) -> None:
    answer = ada.call("PUT", f"{MANAGED}/secret", raw=VALUES[name])
    assert (answer.status, answer.json()["code"]) == (400, "invalid_request"), answer.body


@pytest.mark.parametrize("plane", ["data", "admin"])
def test_the_largest_secret_is_taken_and_one_byte_more_is_not(
    honest: Client, ada: Client, plane: str
) -> None:
    client = honest if plane == "data" else ada
    assert client.call("PUT", f"{MANAGED}/secret", {"value": HUGE}).status == 200
    answer = client.call("PUT", f"{MANAGED}/secret", {"value": HUGE + "x"})
    assert (answer.status, answer.json()["code"]) == (413, "too_large")
    assert client.call("PUT", f"{MANAGED}/secret", {"value": {"a": HUGE[:-1]}}).status == 200
    assert client.call("PUT", f"{MANAGED}/secret", {"value": {"a": HUGE}}).status == 413


TARGETS = {
    ("GET", f"{DB}/secret?version=x"): "invalid_request",
    ("GET", f"{DB}/secret?version=-1"): "invalid_request",
    ("GET", f"{DB}/secret?version=1&version=1"): "invalid_request",
    ("GET", f"{DB}/secret?version=1234567890"): "invalid_request",
    ("GET", f"{DB}/secret?pretty=1"): "invalid_request",
    ("GET", f"{DB}/secret?field="): "invalid_request",
    ("GET", f"{DB}/secret?after=1&wait=31"): "invalid_request",
    ("GET", f"{DB}/secret?wait=1"): "invalid_request",
    ("GET", f"{DB}/secret?after=1&version=1"): "invalid_request",
    ("GET", f"{DB}/secret?%"): "invalid_request",
    ("POST", f"{ENC}:encrypt?x=1"): "invalid_request",
    ("GET", f"{ENC}:encrypt"): "method_not_allowed",
    ("DELETE", f"{DB}/secret"): "method_not_allowed",
    ("POST", "/v1/whoami"): "method_not_allowed",
    ("POST", f"{ENC}:sign"): "not_supported",
    ("POST", f"{ENC}:explode"): "not_found",
    ("GET", "/"): "not_found",
    ("GET", "/v1/keystores/orders/keys/orders-db/secret"): "not_found",
    ("GET", "/v1/keystores/orders.orders/keys/ORDERS-DB/secret"): "not_found",
    ("GET", "/v1/keystores/orders.orders/keys/orders%2Ddb/secret"): "not_found",
    ("GET", "/v1/keystores/../keystores/orders.orders/keys/orders-db/secret"): "not_found",
    ("GET", f"{DB}/secret/"): "not_found",
    ("GET", f"/{DB}/secret"): "not_found",
    ("GET", "/v1/keystores/orders.orders/keys/" + "a" * 64 + "/secret"): "not_found",
}


@pytest.mark.parametrize(("method", "target"), TARGETS)
def test_a_target_that_is_none_is_refused(honest: Client, method: str, target: str) -> None:
    answer = honest.call(method, target)
    assert answer.json()["code"] == TARGETS[method, target]
    assert 400 <= answer.status < 500 or answer.status == 501


def test_another_media_type_is_refused(honest: Client) -> None:
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""):
        headers = {"Content-Type": media}
        answer = honest.call("POST", f"{ENC}:encrypt", headers=headers, raw=b'{"plaintext":"aGk="}')
        assert (answer.status, answer.json()["code"]) == (415, "unsupported_media_type")
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = honest.call("POST", f"{ENC}:encrypt", headers=headers, raw=b'{"plaintext":"aGk="}')
    assert answer.status == 200


def test_items_are_not_supported_yet(honest: Client) -> None:
    answer = honest.call("POST", f"{ENC}:encrypt", {"items": [{"plaintext": b64(b"x")}]})
    assert (answer.status, answer.json()["code"]) == (501, "not_supported")


ADMIN_BODIES = {
    "unknown field": b'{"desired": {}, "x": 1}',
    "deep": b'{"desired": ' + DEEP + b"}",
    "no JSON": b"desired",
    "no object": b"[1]",
    "invalid UTF-8": b'{"desired": "\xff"}',
    "null": b'{"desired": null}',
    "not canonical": b'{"desired": {"authentication": {"ipv4": {}}}}',
    "wrong kind": b'{"desired": {"keystoreRef": {"name": "x"}}}',
    "empty methods": b'{"desired": {"authentication": {}}}',
    "generation as text": b'{"desired": {}, "resource": {"kind": "Keystore", "namespace": "orders",'
    b' "name": "fresh", "uid": "u", "generation": "1"}}',
}


@pytest.mark.parametrize("name", ADMIN_BODIES)
def test_the_admin_plane_refuses_a_body_that_cant_be_read(ada: Client, name: str) -> None:
    answer = ada.call("PUT", "/v1/keystores/orders.fresh", raw=ADMIN_BODIES[name])
    assert (answer.status, answer.json()["code"]) == (400, "invalid_request"), answer.body
    assert answer.headers["content-type"] == "application/problem+json"


ADMIN_TARGETS = {
    ("GET", "/v1/keystores/orders"): 400,
    ("GET", "/v1/keystores/Orders.orders"): 400,
    ("GET", "/v1/keystores/orders.absent"): 404,
    ("GET", "/v1/nothing"): 404,
    ("PATCH", "/v1/keystores/orders.orders"): 405,
    ("GET", "/v1/audit/other-log/checkpoint"): 404,
    ("GET", "/v1/audit/skm-kms-0/tile/9/..%2f..%2fstate.db"): 404,
    ("GET", "/v1/audit/skm-kms-0/../../state.db"): 404,
}


@pytest.mark.parametrize(("method", "target"), ADMIN_TARGETS)
def test_the_admin_plane_refuses_a_target_that_is_none(
    ada: Client, method: str, target: str
) -> None:
    answer = ada.call(method, target)
    assert answer.status == ADMIN_TARGETS[method, target], answer.body
    assert answer.json()["status"] == answer.status


@pytest.mark.parametrize("body", [b"", b"{}", b'{"csr": 5}', b'{"csr": "x"}', b'{"csr":' + DEEP])
def test_the_identity_plane_refuses_a_body_that_cant_be_read(
    kms: Installation, body: bytes
) -> None:
    identity = kms.client("identity", "127.0.0.5")
    headers = {"Authorization": "Bearer pod-token"}
    for path in ("/v1/identity", "/v1/internal/certificate", "/v1/evidence"):
        answer = identity.call("POST", path, headers=headers, raw=body)
        assert 400 <= answer.status < 500, answer.body
    identity.close()


def test_nothing_of_a_bad_request_was_logged(kms: Installation, honest: Client) -> None:
    honest.call("POST", f"{ENC}:encrypt", raw=BODIES["canary"])
    honest.call("PUT", f"{MANAGED}/secret", {"value": CANARY + "\0"})
    assert CANARY not in kms.log()
    assert "Traceback" not in kms.log()
    assert '"level":"ERROR"' not in kms.log()
