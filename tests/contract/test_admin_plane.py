# SPDX-License-Identifier: Apache-2.0
"""The admin plane: roles, the operator's word held against the cluster, deletion, people."""

import json
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from identity_doubles import make_csr, pod, uid
from kms_harness import (
    GENERATED,
    MANAGED,
    OPERATOR,
    Answer,
    Client,
    Installation,
    key,
    keystore,
    path_of,
    policy,
    private_pem,
)

from skm_common import names
from skm_common.resources import translate

KEYSTORES = "/v1/keystores"
DOCUMENT = translate(keystore()).document()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A KMS for the admin plane's tests."""
    installation = Installation(tmp_path_factory.mktemp("office") / "kms")
    installation.prepare()
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


@pytest.fixture(scope="module")
def boss(office: Installation) -> Client:
    return office.administrator("boss")


@pytest.fixture(scope="module")
def auditor(office: Installation, boss: Client) -> Client:
    key_, csr = make_csr()
    asked = {"name": "audrey", "role": "auditor", "csr": csr.decode()}
    made = boss.call("POST", "/v1/administrators", asked).json()
    return office.client("admin", pem=made["certificate"] + private_pem(key_))


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


def test_the_first_administrator_is_made_once(office: Installation, boss: Client) -> None:
    _, csr = make_csr()
    again = office.socket_call("/v1/init", {"name": "eve", "csr": csr.decode()})
    assert code(again) == (409, "conflict")
    assert code(office.socket_call("/v1/status", {})) == (404, "not_found")


def test_the_socket_is_its_owners_only(office: Installation) -> None:
    assert (office.run / "admin.sock").stat().st_mode & 0o777 == 0o600


def test_nobody_calls_without_proof(office: Installation) -> None:
    client = office.client("admin")
    assert code(client.call("GET", "/v1/status")) == (401, "unauthenticated")
    for token in ("", "x", "pod-token", "node-token"):
        headers = {"Authorization": f"Bearer {token}"}
        assert client.call("GET", "/v1/status", headers=headers).status in (401, 403, 503)
    basic = client.call("GET", "/v1/status", headers={"Authorization": "Basic eDp5"})
    assert code(basic) == (401, "unauthenticated")


def test_a_session_certificate_opens_no_admin_plane(office: Installation) -> None:
    """Each plane trusts its own CA only: the handshake itself fails."""
    client = office.client("admin", "127.0.0.5", office.session_pem())
    with pytest.raises((ssl.SSLError, ConnectionError)):
        client.call("GET", "/v1/status")


def test_the_operators_token_counts_only_from_its_own_pod(office: Installation) -> None:
    elsewhere = office.client("admin", "127.0.0.5")
    assert elsewhere.call("GET", "/v1/status", headers=OPERATOR).status == 403
    assert office.operator().call("GET", "/v1/status", headers=OPERATOR).status == 200


def test_another_service_account_has_no_role(office: Installation) -> None:
    document = pod(40, ip="127.0.0.40", namespace=names.NAMESPACE, account="skm-webhook")
    office._pod(document, "webhook-token", names.AUDIENCE_ADMIN)
    client = office.client("admin", "127.0.0.40")
    headers = {"Authorization": "Bearer webhook-token"}
    assert code(client.call("GET", "/v1/status", headers=headers)) == (403, "forbidden")


def test_an_auditor_reads_and_changes_nothing(office: Installation, auditor: Client) -> None:
    for path in ("/v1/status", KEYSTORES, "/v1/audit/logs", "/v1/administrators"):
        assert auditor.call("GET", path).status == 200
    changes: list[tuple[str, str, Any]] = [
        ("PUT", f"{KEYSTORES}/orders.audited", {"desired": DOCUMENT}),
        ("DELETE", f"{KEYSTORES}/orders.audited", None),
        ("POST", f"{KEYSTORES}/orders.audited:adopt", {}),
        ("POST", f"{KEYSTORES}/orders.audited/keys/k:rotate", {}),
        ("PUT", f"{KEYSTORES}/orders.audited/keys/k/secret", {"value": "x"}),
        ("POST", "/v1/administrators", {"name": "x", "role": "auditor", "csr": "x"}),
        ("DELETE", "/v1/administrators/boss", None),
    ]
    for method, path, body in changes:
        assert code(auditor.call(method, path, body)) == (403, "forbidden"), path


def test_the_operator_changes_nothing_by_its_own_word(office: Installation) -> None:
    operator = office.operator()
    bare = operator.call("PUT", f"{KEYSTORES}/orders.own", {"desired": DOCUMENT}, OPERATOR)
    assert code(bare) == (403, "forbidden")
    never = keystore("never", 550)
    assert code(office.tell(never)) == (409, "conflict")
    for path in ("/v1/administrators", "/v1/audit/logs"):
        assert code(operator.call("GET", path, headers=OPERATOR)) == (403, "forbidden")
    setting = operator.call(
        "PUT", f"{KEYSTORES}/orders.own/keys/k/secret", {"value": "x"}, OPERATOR
    )
    assert code(setting) == (403, "forbidden")


def test_the_cluster_must_say_the_same_as_the_call(office: Installation) -> None:
    live = keystore("live", 551)
    office.put_resource(live)
    wanted = translate(live)
    reference = wanted.reference.document()
    path = path_of(live)

    def put(resource: dict[str, Any], desired: dict[str, Any]) -> Answer:
        body = {"resource": resource, "desired": desired}
        return office.operator().call("PUT", path, body, OPERATOR)

    other = {**wanted.document(), "factsMaxAge": 60}
    assert code(put(reference, other)) == (409, "conflict")
    stale = put({**reference, "generation": 2}, wanted.document())
    assert code(stale) == (409, "conflict")
    assert "generation 2" in stale.json()["detail"]
    assert "generation 1" in stale.json()["detail"]
    assert code(put({**reference, "uid": uid(1)}, wanted.document())) == (409, "conflict")
    assert code(put({**reference, "name": "x"}, wanted.document())) == (400, "invalid_request")
    assert put(reference, wanted.document()).status == 200


def test_the_same_again_changes_nothing(office: Installation) -> None:
    document = keystore("again", 552)
    first = office.apply(document).json()
    second = office.tell(document).json()
    assert first == second


def test_a_field_that_isnt_built_is_not_supported(office: Installation) -> None:
    document = keystore("approved", 553)
    office.put_resource(
        {**document, "spec": {**document["spec"], "approval": {"approverSet": "security"}}}
    )
    wanted = translate(document)
    body = {"resource": wanted.reference.document(), "desired": wanted.document()}
    answer = office.operator().call("PUT", path_of(document), body, OPERATOR)
    assert code(answer) == (501, "not_supported")


def test_what_has_a_resource_is_changed_only_through_it(office: Installation, boss: Client) -> None:
    document = keystore("managed", 554)
    assert office.apply(document).status == 200
    path = path_of(document)
    assert code(boss.call("PUT", path, {"desired": DOCUMENT})) == (409, "managed_by_resource")
    assert code(boss.call("DELETE", path)) == (409, "managed_by_resource")


def test_an_administrators_own_objects_live_without_a_resource(
    office: Installation, boss: Client
) -> None:
    path = f"{KEYSTORES}/orders.own"
    made = boss.call("PUT", path, {"desired": DOCUMENT})
    assert (made.status, made.json()["resource"]) == (200, None)
    spec = {"keystoreRef": {"name": "own"}, "secret": {"managed": {}}, "deletionPolicy": "Retain"}
    assert boss.call("PUT", f"{path}/keys/k", {"desired": spec}).status == 200
    assert boss.call("GET", f"{path}/keys/k").json()["conditions"][0]["reason"] == "NoValue"
    set_ = boss.call("PUT", f"{path}/keys/k/secret", {"value": "x", "expectedVersion": 0})
    assert set_.json()["currentVersion"] == 1
    claimed = keystore("own", 555)
    assert code(office.apply(claimed)) == (409, "conflict")
    scheduled = boss.call("DELETE", f"{path}/keys/k").json()
    assert (scheduled["state"], bool(scheduled["destroyAt"])) == ("PendingDestruction", True)
    assert code(boss.call("PUT", f"{path}/keys/k/secret", {"value": "y"})) == (409, "conflict")
    kept = boss.call("POST", f"{path}/keys/k:cancelDestruction", {}).json()
    assert (kept["state"], kept["destroyAt"]) == ("Enabled", None)


def test_a_retained_key_is_taken_up_again_with_its_value(office: Installation) -> None:
    """`helm uninstall` and `helm install`, or a resource made again: the same password."""
    store, document = keystore("kept", 556), key("kept-db", 557, GENERATED, "kept")
    for one in (store, document, policy(558, store="kept")):
        assert office.apply(one).status == 200
    pod_ = office.session()
    path = "/v1/keystores/orders.kept/keys/kept-db/secret"
    before = pod_.call("GET", path).json()
    assert before["fields"]["password"]
    gone = office.gone(document).json()
    assert (gone["orphaned"], gone["destroyAt"]) == (True, None)
    assert pod_.call("GET", path).status == 404
    again = key("kept-db", 559, GENERATED, "kept")
    taken = office.apply(again).json()
    assert (taken["orphaned"], taken["resource"]["uid"]) == (False, uid(559))
    assert pod_.call("GET", path).json() == before


def test_a_deleted_key_is_scheduled_and_saved_by_applying_it_again(office: Installation) -> None:
    spec = {**MANAGED, "deletionPolicy": "Delete"}
    store, document = keystore("ends", 560), key("ends-db", 561, spec, "ends")
    assert office.apply(store).status == 200
    made = office.apply(document).json()
    scheduled = office.gone(document).json()
    assert scheduled["id"] == made["id"]
    assert scheduled["destroyAt"] > scheduled["createdAt"]
    saved = office.apply(key("ends-db", 562, spec, "ends")).json()
    assert (saved["id"], saved["destroyAt"]) == (made["id"], None)


def test_a_resource_that_stands_is_not_gone(office: Installation) -> None:
    document = keystore("stands", 563)
    office.apply(document)
    path = f"{path_of(document)}?uid={document['metadata']['uid']}"
    answer = office.operator().call("DELETE", path, headers=OPERATOR)
    assert code(answer) == (409, "conflict")


def test_a_namespace_made_again_inherits_nothing_until_an_administrator_says_so(
    office: Installation, boss: Client
) -> None:
    space = {"metadata": {"name": "reborn", "uid": uid(650)}}
    office.cluster.put("/api/v1/namespaces", space)
    document = keystore("old", 564, deletionPolicy="Retain")
    document["metadata"]["namespace"] = "reborn"
    assert office.apply(document).status == 200
    assert office.gone(document).json()["orphaned"]
    office.cluster.remove("/api/v1/namespaces", uid(650))
    office.cluster.put("/api/v1/namespaces", {"metadata": {"name": "reborn", "uid": uid(651)}})
    again = keystore("old", 565)
    again["metadata"]["namespace"] = "reborn"
    refused = office.apply(again)
    assert code(refused) == (409, "adoption_required")
    assert "skm keystore adopt" in refused.json()["remedy"]
    assert boss.call("POST", f"{KEYSTORES}/reborn.old:adopt", {}).status == 200
    assert office.tell(again).status == 200


def test_the_operator_rotates_only_as_the_live_annotation_says(office: Installation) -> None:
    store, document = keystore("turns", 566), key("turns-db", 567, GENERATED, "turns")
    office.apply(store)
    office.apply(document)
    path = f"{path_of(document)}:rotate"
    operator = office.operator()
    assert code(operator.call("POST", path, {}, OPERATOR)) == (403, "forbidden")
    when = "2026-01-01T00:00:00Z"
    reference = translate(document).reference.document()
    body = {"resource": reference, "rotateAt": when, "expectedVersion": 1}
    assert code(operator.call("POST", path, body, OPERATOR)) == (409, "conflict")
    document["metadata"]["annotations"] = {names.ROTATE_AT: when}
    office.put_resource(document)
    assert operator.call("POST", path, body, OPERATOR).json()["currentVersion"] == 2
    assert operator.call("POST", path, body, OPERATOR).json()["currentVersion"] == 2
    later = "2199-01-01T00:00:00Z"
    document["metadata"]["annotations"] = {names.ROTATE_AT: later}
    office.put_resource(document)
    body = {"resource": reference, "rotateAt": later}
    assert operator.call("POST", path, body, OPERATOR).json()["currentVersion"] == 2


def test_a_resource_rotates_its_own_key_only(office: Installation, boss: Client) -> None:
    """A Key of a name that an administrator's key has: by it no operator can do anything."""
    document = key("owned-db", 569, GENERATED, "owned")
    desired = {"desired": translate(keystore("owned", 568)).document()}
    assert boss.call("PUT", f"{KEYSTORES}/orders.owned", desired).status == 200
    path = path_of(document)
    assert boss.call("PUT", path, {"desired": translate(document).document()}).status == 200
    when = "2026-01-01T00:00:00Z"
    document["metadata"]["annotations"] = {names.ROTATE_AT: when}
    office.put_resource(document)
    body = {"resource": translate(document).reference.document(), "rotateAt": when}
    refused = office.operator().call("POST", f"{path}:rotate", body, OPERATOR)
    assert code(refused) == (409, "conflict")
    assert boss.call("GET", path).json()["currentVersion"] == 1


def test_a_removed_administrator_is_refused_on_a_connection_that_stands(
    office: Installation, boss: Client
) -> None:
    key_, csr = make_csr()
    asked = {"name": "brief", "role": "administrator", "csr": csr.decode()}
    made = boss.call("POST", "/v1/administrators", asked).json()
    brief = office.client("admin", pem=made["certificate"] + private_pem(key_))
    assert brief.call("GET", "/v1/status").status == 200
    assert code(boss.call("POST", "/v1/administrators", asked)) == (409, "conflict")
    assert boss.call("DELETE", "/v1/administrators/brief").status == 204
    assert code(brief.call("GET", "/v1/status")) == (401, "unauthenticated")
    assert code(boss.call("DELETE", "/v1/administrators/boss")) == (409, "conflict")


@pytest.mark.parametrize("role", ["operator", "root", ""])
def test_no_other_role_can_be_granted(boss: Client, role: str) -> None:
    _, csr = make_csr()
    asked = {"name": "x", "role": role, "csr": csr.decode()}
    assert code(boss.call("POST", "/v1/administrators", asked)) == (400, "invalid_request")


def test_answers_are_what_the_published_document_says(office: Installation, boss: Client) -> None:
    published = boss.call("GET", "/openapi.json").json()
    assert published["openapi"].startswith("3.")
    document = keystore("published", 568)
    office.apply(document)
    answer = boss.call("GET", path_of(document)).json()
    schema = published["components"]["schemas"]["KeystoreView"]
    assert answer.keys() == schema["properties"].keys()
    assert set(schema["required"]) <= answer.keys()
    described = {
        (method.upper(), path) for path, calls in published["paths"].items() for method in calls
    }
    assert ("PUT", "/v1/keystores/{keystore}/keys/{key}") in described
    assert ("POST", "/v1/keystores/{keystore}/keys/{key}:rotate") in described
    assert "secret" not in json.dumps(published["components"]["schemas"]["KeyView"]).lower()
