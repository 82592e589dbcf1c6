# SPDX-License-Identifier: Apache-2.0
"""The webhook's answers as a person with kubectl gets them."""

import copy
import json
import re
from pathlib import Path

import pytest
from apiserver_harness import until

from skm_common import names


def test_without_its_certificate_it_is_alive_and_unready(release):
    until(lambda: release.health("/healthz").status == 200)
    answer = release.health("/readyz")
    assert answer.status == 503
    assert "skm-webhook-serving" in answer.message


def comparable(spec):
    """The spec without the random name that the ServiceAccount plug-in gives its volume."""
    return re.sub(r"kube-api-access-\w+", "kube-api-access", json.dumps(spec))


def test_an_annotated_pod_is_injected(room, make_pod):
    created = room.create(make_pod())
    assert created.status == 201, created.message
    spec = created.body["spec"]
    assert [c["name"] for c in spec["initContainers"]] == [names.AGENT_CONTAINER]
    assert spec["containers"][0]["volumeMounts"][-1]["mountPath"] == names.DEFAULT_PATH
    mounts = spec["initContainers"][0]["volumeMounts"]
    assert [m["name"] for m in mounts] == ["skm-secrets", "skm-identity"]
    labels = json.loads(created.body["metadata"]["annotations"][names.CREATED_LABELS])
    assert labels == {"app": "orders", "tier": "back"}


def test_the_agent_is_told_the_ca_and_the_kms_by_the_release_alone(room, make_pod):
    document = make_pod()
    created = room.create(document).body
    variables = {e["name"]: e["value"] for e in created["spec"]["initContainers"][0]["env"]}
    assert variables["SKM_CA"] == room.deployed.ca_pem
    assert variables["SKM_DATA"] == "skm-kms.skm-injected.svc:8443"
    assert variables["SKM_KEYS"] == f"{room.namespace}.orders/orders-db"


def test_the_stored_pod_sent_again_comes_out_the_same(room, make_pod):
    first = room.create(make_pod()).body
    again = copy.deepcopy(first)
    again["metadata"] = {
        "name": "again",
        "labels": first["metadata"]["labels"],
        "annotations": first["metadata"]["annotations"],
    }
    second = room.create(again)
    assert second.status == 201, second.message
    assert second.body["spec"] == first["spec"]
    assert second.body["metadata"]["annotations"] == first["metadata"]["annotations"]


def test_the_pod_passes_where_pod_security_restricted_is_enforced(room, make_pod):
    path = f"/api/v1/namespaces/{room.namespace}"
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    assert room.admin.patch(path, {"metadata": {"labels": label}}).status == 200
    document = make_pod()
    document["spec"]["securityContext"] = {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    document["spec"]["containers"][0]["securityContext"] = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    created = room.create(document)
    assert created.status == 201, created.message


def test_what_the_author_wrote_under_our_names_is_replaced(room, make_pod):
    document = make_pod(created_labels='{"app":"other"}')
    document["spec"]["volumes"] = [{"name": "skm-secrets", "emptyDir": {}}]
    document["spec"]["initContainers"] = [{"name": "skm-agent", "image": "localhost/evil:1"}]
    container = document["spec"]["containers"][0]
    container["volumeMounts"] = [{"name": "skm-secrets", "mountPath": "/mine"}]
    container["env"] = [{"name": "SKM_INJECTED", "value": "true"}]
    created = room.create(document)
    assert created.status == 201, created.message
    plain = room.create(make_pod("plain")).body
    assert comparable(created.body["spec"]) == comparable(plain["spec"])
    assert created.body["metadata"]["annotations"] == plain["metadata"]["annotations"]


def test_a_pod_without_labels_is_injected_where_a_policy_asks_for_none(room, make_pod):
    subjects = [{"workload": {"serviceAccountName": "app"}}]
    rules = [{"keys": ["*"], "operations": ["ReadSecret"]}]
    policy = {"keystoreRef": {"name": "orders"}, "subjects": subjects, "rules": rules}
    room.resource("AccessPolicy", "any-label", policy)
    document = make_pod()
    del document["metadata"]["labels"]
    created = room.create(document)
    assert created.status == 201, created.message
    assert created.body["metadata"]["annotations"][names.CREATED_LABELS] == "{}"


def test_a_pod_without_marks_is_left_alone(room, make_pod):
    document = make_pod()
    del document["metadata"]["annotations"]
    created = room.create(document)
    assert created.status == 201
    assert "initContainers" not in created.body["spec"]


REFUSALS = {
    "a misspelt annotation": (
        lambda pod: pod["metadata"].update(annotations={"skm.dev/injcet": "orders/orders-db"}),
        ["skm.dev/injcet", "did you mean skm.dev/inject?"],
    ),
    "a label": (
        lambda pod: pod["metadata"]["labels"].update({"skm.dev/inject": "true"}),
        ["skm.dev/inject is no label"],
    ),
    "an unknown key": (
        lambda pod: pod["metadata"]["annotations"].update({names.INJECT: "orders/orders-bd"}),
        ["no Key orders-bd", "did you mean orders-db?", "create the Key or wait"],
    ),
    "an unknown keystore": (
        lambda pod: pod["metadata"]["annotations"].update({names.INJECT: "order/orders-db"}),
        ["no Keystore order", "did you mean orders?"],
    ),
    "an unknown container": (
        lambda pod: pod["metadata"]["annotations"].update({names.CONTAINERS: "ap"}),
        ["no container ap", "did you mean app?"],
    ),
    "labels that no policy admits": (
        lambda pod: pod["metadata"].update(labels={"app": "other"}),
        ["check policy", "app=orders", "kubectl -n"],
    ),
    "a ServiceAccount that no policy admits": (
        lambda pod: pod["spec"].update(serviceAccountName="default"),
        ["check policy", "ServiceAccount app, not default"],
    ),
    "the host's network": (
        lambda pod: pod["spec"].update(hostNetwork=True),
        ["check pod", "hostNetwork"],
    ),
    "environment mode": (
        lambda pod: pod["metadata"]["annotations"].update({names.MODE: "env"}),
        ["not supported by this version yet", "skm.dev/mode: file"],
    ),
    "a token of our audience without injection": (
        lambda pod: (
            pod["metadata"].pop("annotations"),
            pod["spec"].update(
                volumes=[
                    {
                        "name": "mine",
                        "projected": {
                            "sources": [
                                {"serviceAccountToken": {"audience": "skm.dev", "path": "token"}}
                            ]
                        },
                    }
                ]
            ),
        ),
        ["check volume", "proof of identity"],
    ),
    "a volume of our name without injection": (
        lambda pod: (
            pod["metadata"].pop("annotations"),
            pod["spec"].update(volumes=[{"name": "skm-mine", "emptyDir": {}}]),
        ),
        ["check volume", "skm-mine"],
    ),
}


@pytest.mark.parametrize("query", ["", "?dryRun=All"], ids=["real", "dry-run"])
@pytest.mark.parametrize("case", REFUSALS)
def test_is_refused_with_the_check_and_what_to_do(room, make_pod, case, query):
    change, words = REFUSALS[case]
    document = make_pod()
    change(document)
    answer = room.create(document, query)
    assert answer.status == 403
    for word in words:
        assert word in answer.message


def test_a_dry_run_is_injected_as_the_real_one(room, make_pod):
    dry = room.create(make_pod(), "?dryRun=All").body
    real = room.create(make_pod()).body
    assert comparable(dry["spec"]) == comparable(real["spec"])


def test_what_was_created_a_moment_ago_is_asked_for_before_it_is_denied(room, make_pod):
    key = {"keystoreRef": {"name": "orders"}, "secret": {"managed": {}}}
    for number in range(5):
        name = f"new-{number}"
        rules = [{"keys": [name], "operations": ["ReadSecret"]}]
        subjects = [{"workload": {"serviceAccountName": "app"}}]
        room.resource("Key", name, key)
        policy = {"keystoreRef": {"name": "orders"}, "subjects": subjects, "rules": rules}
        room.resource("AccessPolicy", name, policy)
        created = room.create(make_pod(f"pod-{number}", inject=f"orders/{name}"))
        assert created.status == 201, created.message


def test_what_was_taken_away_is_noticed(room, make_pod):
    path = f"/apis/{names.API_VERSION}/namespaces/{room.namespace}/accesspolicies/orders-app"
    assert room.create(make_pod(), "?dryRun=All").status == 201
    assert room.admin.delete(path).status == 200
    until(lambda: room.create(make_pod(), "?dryRun=All").status == 403)


def test_our_own_pods_carry_no_mark_and_never_wait_for_the_webhook(rendered):
    templates = []
    for document in rendered():
        spec = document.get("spec") or {}
        pod = document if document["kind"] == "Pod" else spec.get("template")
        if pod is not None and "spec" in pod:
            templates.append(pod)
    assert len(templates) >= 5
    for pod in templates:
        metadata = pod.get("metadata") or {}
        marks = {**(metadata.get("annotations") or {}), **(metadata.get("labels") or {})}
        assert not [name for name in marks if name.startswith("skm.dev/")]
        for volume in pod["spec"].get("volumes") or ():
            assert not volume["name"].startswith("skm-")
            for source in (volume.get("projected") or {}).get("sources") or ():
                assert source.get("serviceAccountToken", {}).get("audience") != "skm.dev"
                assert "podCertificate" not in source


def test_a_new_certificate_is_taken_without_a_restart(room, make_pod):
    loads = room.deployed.log.count("certificate_loaded")
    room.deployed.put_certificate()
    until(lambda: room.deployed.log.count("certificate_loaded") > loads)
    assert room.create(make_pod()).status == 201


def test_it_counts_its_reviews(room, make_pod):
    room.create(make_pod())
    text = room.deployed.health("/metrics").message
    assert 'skm_webhook_reviews_total{outcome="injected",check=""}' in text
    assert "skm_webhook_ready 1" in text


def test_its_account_reads_no_other_secret_and_writes_nothing(room):
    account = room.deployed.server.account("skm-injected", names.WEBHOOK)
    room.admin.create("/api/v1/namespaces/skm-injected/secrets", {"metadata": {"name": "another"}})
    secrets = "/api/v1/namespaces/skm-injected/secrets"
    assert account.get(f"{secrets}/skm-webhook-serving").status == 200
    assert account.get(f"{secrets}/another").status == 403
    assert account.get(secrets).status == 403
    assert account.patch(f"{secrets}/skm-webhook-serving", {"data": {}}).status == 403
    assert account.create(room.pods, make_plain()).status == 403
    path = f"/api/v1/namespaces/{room.namespace}/serviceaccounts/app/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    assert account.create(path, request).status == 403


def make_plain():
    return {"metadata": {"name": "x"}, "spec": {"containers": [{"name": "x", "image": "x"}]}}


def test_stays_within_its_memory(room, make_pod):
    for number in range(20):
        room.create(make_pod(f"pod-{number}"))
    status = Path(f"/proc/{room.deployed.process.pid}/status").read_text()
    assert int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024 <= 60
