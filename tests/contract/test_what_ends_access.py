# SPDX-License-Identifier: Apache-2.0
"""A connection that stands and a grant that was made: each ends when what it rests on ends."""

from collections.abc import Iterator

import pytest
from identity_doubles import PODS, pod, uid
from kms_harness import (
    GENERATED,
    OPERATOR,
    Client,
    Installation,
    eventually,
    key,
    keystore,
    policy,
)

from skm_common import names
from skm_common.resources import translate

DB = "/v1/keystores/orders.orders/keys/orders-db/secret"
SECONDS = 3


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A KMS with sessions of three seconds, and an operator that may act in two namespaces."""
    settings = {"SESSION_SECONDS": str(SECONDS), "OPERATOR_NAMESPACES": "orders,reborn"}
    installation = Installation(tmp_path_factory.mktemp("brief") / "kms", settings)
    installation.prepare()
    try:
        installation.start()
        for document in (keystore(), key("orders-db", 510, GENERATED), policy()):
            assert installation.apply(document).status == 200
        yield installation
    finally:
        installation.stop()


@pytest.fixture(scope="module")
def boss(brief: Installation) -> Client:
    return brief.administrator("boss")


def test_a_connection_that_stands_ends_with_its_certificate(brief: Installation) -> None:
    client = brief.session()
    assert client.call("GET", DB).status == 200
    answer = eventually(
        lambda: (found := client.call("GET", DB)).status != 200 and found, "the session ends", 10
    )
    assert (answer.status, answer.json()["code"]) == (401, "session_ended")


def test_the_operator_acts_in_its_namespaces_only(brief: Installation) -> None:
    document = keystore("elsewhere", 570)
    document["metadata"]["namespace"] = "other"
    answer = brief.apply(document)
    assert (answer.status, answer.json()["code"]) == (403, "forbidden")
    listed = brief.operator().call("GET", "/v1/keystores", headers=OPERATOR).json()
    assert {found["name"] for found in listed["keystores"]} == {"orders.orders"}


def test_a_key_scheduled_for_destruction_is_read_no_more(brief: Installation, boss: Client) -> None:
    own = "/v1/keystores/orders.own"
    store = translate(keystore("own", 571)).document()
    spec = translate(key("own-db", 572, GENERATED, "own")).document()
    rules = translate(policy(573, store="own")).document()
    for path, desired in ((own, store), (f"{own}/keys/own-db", spec), (f"{own}/policies/p", rules)):
        assert boss.call("PUT", path, {"desired": desired}).status == 200
    read = f"{own}/keys/own-db/secret"
    client = brief.session()
    assert client.call("GET", read).status == 200
    assert boss.call("DELETE", f"{own}/keys/own-db").status == 200
    assert client.call("GET", read).status == 404
    assert boss.call("POST", f"{own}/keys/own-db:cancelDestruction", {}).status == 200
    assert client.call("GET", read).status == 200


def test_a_namespace_made_again_reads_nothing_of_the_earlier_one(
    brief: Installation, boss: Client
) -> None:
    """An administrator's own objects, so that nothing but the binding refuses."""
    _make_namespace(brief, 660)
    own = "/v1/keystores/reborn.own"
    store = translate(keystore("own", 574)).document()
    spec = translate(key("own-db", 575, GENERATED, "own")).document()
    rules = translate(policy(576, store="own")).document()
    eventually(
        lambda: boss.call("PUT", own, {"desired": store}).status == 200, "the namespace is known"
    )
    for path, desired in ((f"{own}/keys/own-db", spec), (f"{own}/policies/p", rules)):
        assert boss.call("PUT", path, {"desired": desired}).status == 200
    document = pod(50, ip="127.0.0.50", namespace="reborn")
    brief._pod(document, "reborn-token", names.AUDIENCE_POD)
    read = f"{own}/keys/own-db/secret"
    eventually(lambda: _session_status(brief, read) == 200, "the pod of the namespace reads")
    brief.cluster.remove("/api/v1/namespaces", uid(660))
    _make_namespace(brief, 661)
    brief.cluster.put(PODS, document)
    eventually(lambda: _session_status(brief, read) == 404, "the new namespace is known", 5)


def _make_namespace(brief: Installation, number: int) -> None:
    space = {"metadata": {"name": "reborn", "uid": uid(number)}}
    brief.cluster.put("/api/v1/namespaces", space)


def _session_status(brief: Installation, path: str) -> int:
    client = brief.session("127.0.0.50", "reborn-token")
    status = client.call("GET", path).status
    client.close()
    return status
