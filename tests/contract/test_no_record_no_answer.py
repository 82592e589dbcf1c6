# SPDX-License-Identifier: Apache-2.0
"""Nothing is answered before its audit record is durable: here the kernel takes no more bytes."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kms_harness import Answer, Client, Installation, b64, eventually

KEYS = "/v1/keystores/orders.orders/keys"
CALLS = {
    "secret read": ("GET", f"{KEYS}/orders-db/secret", None),
    "encrypt": ("POST", f"{KEYS}/enc:encrypt", {"plaintext": b64(b"hello")}),
    "denied": ("GET", f"{KEYS}/orders-db", None),
}


@contextmanager
def no_room(kms: Installation) -> Iterator[None]:
    """The KMS may enlarge no file (setrlimit(2)), as on a full disk; everything else goes on."""
    assert kms.kms is not None
    pid = kms.kms.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def refused(answer: Answer) -> bool:
    return (answer.status, answer.json()["code"]) == (503, "unavailable")


@pytest.mark.parametrize("name", CALLS)
def test_the_data_plane_answers_nothing_without_a_record(
    kms: Installation, honest: Client, name: str
) -> None:
    method, path, body = CALLS[name]
    honest_answer = honest.call(method, path, body)
    with no_room(kms):
        answer = honest.call(method, path, body)
    assert refused(answer), answer.status
    assert honest_answer.status != 503
    eventually(
        lambda: honest.call(method, path, body).status == honest_answer.status, "it recovers"
    )


def test_the_admin_plane_answers_nothing_without_a_record(kms: Installation, ada: Client) -> None:
    assert ada.call("GET", "/v1/keystores").status == 200
    with no_room(kms):
        answer = ada.call("GET", "/v1/keystores")
    assert refused(answer), answer.status
    eventually(lambda: ada.call("GET", "/v1/keystores").status == 200, "it recovers")
