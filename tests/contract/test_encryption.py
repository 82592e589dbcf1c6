# SPDX-License-Identifier: Apache-2.0
"""Encrypt and decrypt over the real data plane, by both ways in."""

import base64

import pytest
from kms_harness import Client, b64

ENC = "/v1/keystores/orders.orders/keys/enc"
LIMIT = 32 * 1024


def test_what_is_encrypted_is_decrypted(honest: Client) -> None:
    made = honest.call("POST", f"{ENC}:encrypt", {"plaintext": b64(b"hello"), "aad": b64(b"row 7")})
    assert made.status == 200
    body = {"ciphertext": made.json()["ciphertext"], "aad": b64(b"row 7")}
    opened = honest.call("POST", f"{ENC}:decrypt", body)
    assert opened.json() == {"plaintext": b64(b"hello"), "version": made.json()["version"]}


def test_old_ciphertexts_open_after_a_rotation(honest: Client, ada: Client) -> None:
    made = honest.call("POST", f"{ENC}:encrypt", {"plaintext": b64(b"before")}).json()
    assert ada.call("POST", f"{ENC}:rotate", {}).status == 200
    newer = honest.call("POST", f"{ENC}:encrypt", {"plaintext": b64(b"after")}).json()
    assert newer["version"] == made["version"] + 1
    opened = honest.call("POST", f"{ENC}:decrypt", {"ciphertext": made["ciphertext"]}).json()
    assert opened == {"plaintext": b64(b"before"), "version": made["version"]}


@pytest.mark.parametrize("aad", ["", b64(b"row 8")])
def test_other_associated_data_is_refused(honest: Client, aad: str) -> None:
    given = {"plaintext": b64(b"hello"), "aad": b64(b"row 7")}
    made = honest.call("POST", f"{ENC}:encrypt", given).json()
    answer = honest.call("POST", f"{ENC}:decrypt", {"ciphertext": made["ciphertext"], "aad": aad})
    assert (answer.status, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("place", [0, 1, 5, 20, -1])
def test_a_changed_ciphertext_is_refused_whatever_was_changed(honest: Client, place: int) -> None:
    made = honest.call("POST", f"{ENC}:encrypt", {"plaintext": b64(b"hello")}).json()
    changed = bytearray(base64.b64decode(made["ciphertext"]))
    changed[place] ^= 1
    answer = honest.call("POST", f"{ENC}:decrypt", {"ciphertext": b64(bytes(changed))})
    assert (answer.status, answer.json()["code"]) == (400, "invalid_request")


def test_the_largest_plaintext_is_taken_and_one_byte_more_is_not(honest: Client) -> None:
    made = honest.call("POST", f"{ENC}:encrypt", {"plaintext": b64(bytes(LIMIT))})
    assert made.status == 200
    opened = honest.call("POST", f"{ENC}:decrypt", {"ciphertext": made.json()["ciphertext"]})
    assert base64.b64decode(opened.json()["plaintext"]) == bytes(LIMIT)
    answer = honest.call("POST", f"{ENC}:encrypt", {"plaintext": b64(bytes(LIMIT + 1))})
    assert (answer.status, answer.json()["code"]) == (413, "too_large")


def test_the_largest_aad_is_taken_and_one_byte_more_is_not(honest: Client) -> None:
    body = {"plaintext": b64(b"x"), "aad": b64(bytes(8192))}
    assert honest.call("POST", f"{ENC}:encrypt", body).status == 200
    body = {"plaintext": b64(b"x"), "aad": b64(bytes(8193))}
    assert honest.call("POST", f"{ENC}:encrypt", body).status == 413


def test_a_secret_encrypts_nothing_and_a_symmetric_key_is_never_read(honest: Client) -> None:
    secret = "/v1/keystores/orders.orders/keys/orders-db"
    answer = honest.call("POST", f"{secret}:encrypt", {"plaintext": b64(b"x")})
    assert (answer.status, answer.json()["code"]) == (400, "invalid_request")
    answer = honest.call("GET", f"{ENC}/secret")
    assert (answer.status, answer.json()["code"]) == (400, "invalid_request")
