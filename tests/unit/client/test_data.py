# SPDX-License-Identifier: Apache-2.0
import base64

import pytest
from kms_server_double import NAME

from skm_client import DataClient, Endpoint, client_context, tls_transport


@pytest.fixture
def client(kms):
    endpoint = Endpoint("127.0.0.1", kms.port, NAME)
    with tls_transport(endpoint, client_context(kms.ca_bundle())) as transport:
        yield DataClient(transport)


def test_a_secret_of_fields(kms, client):
    answer = {"version": 2, "fields": {"password": "hunter2"}, "maxOffline": 60}
    kms.told.answers["GET /v1/keystores/orders.orders/keys/db/secret"] = (200, answer)
    secret = client.read_secret("orders.orders", "db")
    assert (secret.version, secret.fields, secret.max_offline) == (2, {"password": "hunter2"}, 60)
    assert "hunter2" not in repr(secret)


def test_one_field_of_one_version(kms, client):
    path = "GET /v1/keystores/orders.orders/keys/db/secret?version=1&field=user"
    kms.told.answers[path] = (200, {"version": 1, "value": "orders"})
    assert client.read_secret("orders.orders", "db", version=1, name="user").value == "orders"


def test_waiting_without_news_is_none(kms, client):
    path = "GET /v1/keystores/orders.orders/keys/db/secret?after=3&wait=1"
    kms.told.answers[path] = (204, {})
    assert client.wait_for_secret("orders.orders", "db", after=3, wait=1) is None


def test_encrypt_and_decrypt_speak_base64(kms, client):
    base = "POST /v1/keystores/o.k/keys/s"
    kms.told.answers[f"{base}:encrypt"] = (200, {"ciphertext": "AQI=", "version": 4})
    kms.told.answers[f"{base}:decrypt"] = (200, {"plaintext": "cGxhaW4=", "version": 4})
    made = client.encrypt("o.k", "s", b"plain", aad=b"row 7")
    assert (made.ciphertext, made.version) == (b"\x01\x02", 4)
    assert client.decrypt("o.k", "s", made.ciphertext) == b"plain"
    assert kms.told.asked[0][1] == {
        "plaintext": base64.b64encode(b"plain").decode(),
        "aad": base64.b64encode(b"row 7").decode(),
    }
    assert "aad" not in kms.told.asked[1][1]


def test_a_name_cannot_reach_another_path(kms, client):
    path = "GET /v1/keystores/a%2F..%2Fb/keys/k%3Fx%23/secret"
    kms.told.answers[path] = (200, {"version": 1, "value": "v"})
    assert client.read_secret("a/../b", "k?x#").value == "v"
