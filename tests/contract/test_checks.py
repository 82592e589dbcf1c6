# SPDX-License-Identifier: Apache-2.0
"""Every check at the data plane, each where the others pass and it alone refuses; both ways in."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from identity_doubles import PODS, pod, uid
from kms_harness import (
    GENERATED,
    POD_ADDRESS,
    Answer,
    Client,
    Installation,
    eventually,
    key,
    keystore,
    policy,
)

from skm_common import names

DB = "/v1/keystores/orders.orders/keys/orders-db/secret"
Make = Callable[[Installation, str, int], dict[str, Any]]
Change = Callable[..., dict[str, Any]]
STRICT = "/v1/keystores/orders.strict/keys/strict-db/secret"


def read(client: Client, path: str = DB) -> Answer:
    return client.call("GET", path)


def refused(answer: Answer) -> tuple[int, str, str | None, str | None]:
    found = answer.json()
    return answer.status, found["code"], found.get("check"), found.get("outcome")


def test_without_a_certificate_nobody_reads(kms: Installation) -> None:
    stranger = kms.client("data", POD_ADDRESS)
    assert refused(read(stranger)) == (403, "denied", "clientCertificate", "denied")


def test_a_stolen_certificate_is_refused_from_another_pod(kms: Installation, pem: str) -> None:
    """Same certificate, same key, everything right but the address that it calls from."""
    thief = kms.client("data", "127.0.0.6", pem)
    assert refused(read(thief)) == (403, "denied", "ipv4", "denied")


def test_a_session_ends_when_another_key_takes_over(kms: Installation) -> None:
    _add(kms, 2, "127.0.0.7", "pod-2-token")
    first = kms.session("127.0.0.7", "pod-2-token")
    assert read(first).status == 200
    second = kms.session("127.0.0.7", "pod-2-token")
    assert refused(read(first))[:2] == (401, "session_ended")
    assert read(second).status == 200


def test_a_renewal_keeps_the_session(kms: Installation) -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from identity_doubles import make_csr
    from kms_harness import private_pem

    _add(kms, 3, "127.0.0.8", "pod-3-token")
    old = kms.session_pem("127.0.0.8", "pod-3-token")
    key_, csr = make_csr(load_pem_private_key(old[old.index("-----BEGIN PRIV") :].encode(), None))
    plane = kms.client("identity", "127.0.0.8", old)
    answer = plane.call("POST", "/v1/identity", {"csr": csr.decode()})
    assert answer.status == 200, answer.body
    fresh = kms.client("data", "127.0.0.8", answer.json()["certificate"] + private_pem(key_))
    assert read(fresh).status == 200
    assert answer.json()["caBundle"] == (kms.place / "ca/ca.crt").read_text()


def test_a_pod_that_is_gone_is_refused_on_a_connection_that_stands(kms: Installation) -> None:
    _add(kms, 4, "127.0.0.10", "pod-4-token")
    client = kms.session("127.0.0.10", "pod-4-token")
    assert read(client).status == 200
    kms.cluster.remove(PODS, uid(4))
    gone = time.monotonic()
    eventually(lambda: read(client).status == 403, "access ends", 5)
    assert time.monotonic() - gone < 2
    assert refused(read(client)) == (403, "denied", "clientCertificate", "denied")


def test_relabelling_takes_access_away_and_never_gives_it(kms: Installation) -> None:
    """Policy: the pod is still who it was; the key is as if it were not there."""
    _add(kms, 5, "127.0.0.11", "pod-5-token")
    client = kms.session("127.0.0.11", "pod-5-token")
    assert read(client).status == 200
    kms.cluster.put(PODS, pod(5, ip="127.0.0.11", labels={"app": "other"}))
    eventually(lambda: read(client).status == 404, "access ends", 5)
    assert refused(read(client)) == (404, "not_found", "policy", None)
    created = {names.CREATED_LABELS: '{"app":"other"}'}
    _add(kms, 6, "127.0.0.12", "pod-6-token", annotations=created)
    assert read(kms.session("127.0.0.12", "pod-6-token")).status == 404


@pytest.mark.parametrize(
    ("number", "changes"),
    [(20, {"account": "orders-other"}), (21, {"namespace": "other"})],
    ids=["another ServiceAccount", "another namespace"],
)
def test_a_rogue_is_told_the_same_as_if_there_were_no_key(
    kms: Installation, number: int, changes: dict[str, str]
) -> None:
    address = f"127.0.0.{number}"
    _add(kms, number, address, f"pod-{number}-token", **changes)
    rogue = kms.session(address, f"pod-{number}-token")
    hidden, absent = read(rogue), read(rogue, DB.replace("orders-db", "no-such-key"))
    assert refused(hidden) == (404, "not_found", "policy", None)
    assert hidden.body == absent.body
    assert hidden.body == read(rogue, DB.replace("orders.orders", "orders.absent")).body
    assert hidden.body == read(rogue, DB.replace("secret", "secret?version=1")).body


def test_a_caller_who_may_see_a_key_is_told_what_it_may_not(honest: Client) -> None:
    answer = honest.call("GET", DB.removesuffix("/secret"))
    assert refused(answer) == (403, "denied", "policy", "denied")
    assert answer.json()["remedy"]


STRICT_ADDRESS, STRICT_MAC = "127.0.0.30", "0a:58:0a:f4:00:30"
STRICT_POD = (uid(30), STRICT_ADDRESS, STRICT_MAC)


@pytest.fixture(scope="module")
def strict(kms: Installation) -> Client:
    """A keystore that selects mac, and a pod whose node attests its MAC."""
    methods = {"clientCertificate": {}, "ipv4": {}, "mac": {}}
    unproven = kms.apply(keystore("strict", 520, authentication=methods))
    assert unproven.json()["conditions"][0]["reason"] == "EvidenceUnavailable"
    assert kms.apply(key("strict-db", 521, GENERATED, "strict")).status == 200
    assert kms.apply(policy(522, store="strict")).status == 200
    _add(kms, 30, STRICT_ADDRESS, "pod-30-token")
    waiting = kms.session(STRICT_ADDRESS, "pod-30-token")
    assert refused(read(waiting, STRICT)) == (503, "undetermined", "mac", "undetermined")
    assert read(waiting, STRICT).headers["retry-after"]
    assert kms.attest(STRICT_POD).status == 200
    assert read(waiting, STRICT).status == 200
    proven = kms.apply(keystore("strict", 520, authentication=methods))
    assert proven.json()["conditions"] == []
    return kms.session(STRICT_ADDRESS, "pod-30-token")


def test_the_mac_that_the_node_attests_lets_the_honest_pod_in(strict: Client) -> None:
    assert read(strict, STRICT).status == 200


def test_a_pod_that_changed_its_mac_is_refused_there_and_only_there(
    kms: Installation, strict: Client
) -> None:
    assert read(strict, STRICT).status == 200
    kms.attest((uid(30), STRICT_ADDRESS, "0a:58:0a:f4:00:66"))
    assert refused(read(strict, STRICT)) == (403, "denied", "mac", "denied")
    assert read(strict).status == 200
    kms.attest()
    assert refused(read(strict, STRICT)) == (503, "undetermined", "mac", "undetermined")
    kms.attest(STRICT_POD)
    assert read(strict, STRICT).status == 200


def test_whoami_tells_each_check(kms: Installation, strict: Client) -> None:
    found = strict.call("GET", "/v1/whoami").json()
    assert {check: seen["outcome"] for check, seen in found["checks"].items()} == {
        "clientCertificate": "passed",
        "ipv4": "passed",
        "mac": "passed",
    }
    seen = found["address"], found["mac"], found["evidence"]
    assert seen == (STRICT_ADDRESS, STRICT_MAC, "NodeAttested")
    stranger = kms.client("data", POD_ADDRESS).call("GET", "/v1/whoami")
    assert stranger.status == 200
    said = stranger.json()["checks"]["clientCertificate"]
    assert (said["outcome"], bool(said["remedy"])) == ("denied", True)


def test_access_narrows_with_the_live_policy_before_anybody_tells_the_kms(
    kms: Installation, honest: Client, make_room: Make
) -> None:
    live = make_room(kms, "narrows", 536)
    path = "/v1/keystores/orders.narrows/keys/narrows-db/secret"
    assert read(honest, path).status == 200
    kms.cluster.remove("/apis/skm.dev/v1alpha1/accesspolicies", live["metadata"]["uid"])
    removed = time.monotonic()
    eventually(lambda: read(honest, path).status == 404, "access ends", 5)
    assert time.monotonic() - removed < 2
    again = {**live, "metadata": {**live["metadata"], "uid": uid(9590)}}
    kms.put_resource(again)
    assert read(honest, path).status == 404
    assert kms.tell(again).status == 200
    eventually(lambda: read(honest, path).status == 200, "the policy is taken up again", 5)


def test_a_widened_live_policy_grants_nothing_until_the_kms_has_applied_it(
    kms: Installation, honest: Client, make_room: Make, changed: Change
) -> None:
    rules = make_room(kms, "widens", 539)
    metadata = "/v1/keystores/orders.widens/keys/widens-db"
    wide = changed(rules, rules=[{"keys": ["*"], "operations": ["ReadSecret", "ReadMetadata"]}])
    kms.put_resource(wide)
    deadline = time.monotonic() + 0.7
    while time.monotonic() < deadline:
        assert honest.call("GET", metadata).status == 403
        assert read(honest, f"{metadata}/secret").status == 200
    assert kms.tell(wide).status == 200
    assert honest.call("GET", metadata).status == 200


def _add(kms: Installation, number: int, address: str, token: str, **changes: object) -> None:
    """Another pod, with a token."""
    document = pod(number, ip=address, **changes)
    kms.cluster.put(PODS, document)
    kms.cluster.call(kms.cluster.kube.token, token, document, names.AUDIENCE_POD)
    stranger = kms.client("data", address)
    stranger.close()
