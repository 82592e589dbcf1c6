# SPDX-License-Identifier: Apache-2.0
"""A pod that asks for secrets never runs without them, whatever is wrong with the webhook."""

import copy
import json

import pytest
from cluster_harness import Cluster, until

from demo.rogues.cast import Pod
from skm_common import names

ANNOTATED = Pod("asks", namespace="orders", inject="orders/orders-db")
PLAIN = Pod("asks-nothing", namespace="orders", labels={"app": "plain"})
WEBHOOK = "deployment/skm-webhook"
CONFIGURATION = "mutatingwebhookconfigurations/skm-webhook"


@pytest.fixture
def no_webhook(shop: Cluster):
    """The webhook at 0 replicas, for one test."""
    shop.scale(names.NAMESPACE, WEBHOOK, 0)
    yield shop
    shop.scale(names.NAMESPACE, WEBHOOK, 2)
    until("injection", lambda: injected(shop), 30)


@pytest.fixture
def no_configuration(shop: Cluster):
    """The MutatingWebhookConfiguration deleted, for one test."""
    saved = shop.get(CONFIGURATION)
    shop.kubectl("delete", CONFIGURATION)
    yield shop
    for name in ("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields"):
        saved["metadata"].pop(name, None)
    if shop.get(CONFIGURATION) is None:
        shop.create(saved)
    until("injection", lambda: injected(shop), 30)


def test_with_the_webhook_at_0_replicas_an_annotated_pod_is_refused_and_others_run(no_webhook):
    said = no_webhook.refused("create", "-f", "-", stdin=manifest(ANNOTATED))
    assert "skm-webhook" in said
    runs_on(no_webhook)


def test_without_the_webhook_configuration_it_is_refused_too(no_configuration):
    said = no_configuration.refused("create", "-f", "-", stdin=manifest(ANNOTATED))
    assert "skm" in said
    assert "ValidatingAdmissionPolicy" in said
    runs_on(no_configuration)


def test_running_pods_go_on_without_the_webhook(no_webhook):
    assert no_webhook.pod_is_ready("orders", "orders-database-0")
    held = no_webhook.held("orders", "orders-database-0", "postgres", "orders-db/password")
    assert held


@pytest.mark.parametrize(
    "mark",
    [
        {"labels": {"skm.dev/injected": "true"}},
        {"annotations": {"skm.dev/injected": "true"}},
        {"annotations": {"skm.dev/injcet": "orders/orders-db"}},
    ],
    ids=["label", "annotation", "misspelt"],
)
def test_a_mark_written_by_hand_is_refused(shop: Cluster, mark):
    pod = json.loads(manifest(PLAIN))
    for part, content in mark.items():
        pod["metadata"][part] = {**(pod["metadata"].get(part) or {}), **content}
    assert "skm.dev/inj" in shop.refused("create", "-f", "-", stdin=json.dumps(pod))


def test_an_agent_written_by_hand_is_refused_or_replaced(no_configuration):
    """The whole shape of an injected pod, but the agent runs something else."""
    genuine = no_configuration.get("-n", "orders", "pod", "orders-database-0")
    pod = json.loads(manifest(ANNOTATED))
    pod["spec"]["volumes"] = [
        volume for volume in genuine["spec"]["volumes"] if volume["name"].startswith("skm-")
    ]
    agents = [it for it in genuine["spec"]["initContainers"] if it["name"] == names.AGENT_CONTAINER]
    agent = copy.deepcopy(agents[0])
    agent["command"] = ["python3", "-c", "import time; time.sleep(3600)"]
    pod["spec"]["initContainers"] = [agent]
    annotations = genuine["metadata"]["annotations"]
    pod["metadata"]["annotations"] |= {
        name: text for name, text in annotations.items() if name.startswith("skm.dev/")
    }
    assert "skm" in no_configuration.refused("create", "-f", "-", stdin=json.dumps(pod))


def test_a_workload_that_comes_meanwhile_is_injected_by_its_controllers_retries(shop: Cluster):
    shop.scale(names.NAMESPACE, WEBHOOK, 0)
    shop.kubectl("-n", "orders", "delete", "pod", "-l", "app=orders", "--wait=false")
    until("event of a refusal", lambda: refusal_event(shop), 60)
    shop.scale(names.NAMESPACE, WEBHOOK, 2)
    shop.kubectl("-n", "orders", "rollout", "status", "deployment/orders", "--timeout=180s")


def manifest(pod: Pod) -> str:
    return json.dumps(pod.manifest("localhost"))


def injected(cluster: Cluster) -> bool:
    done = cluster.access.attempt(
        "create", "--dry-run=server", "-o", "json", "-f", "-", stdin=manifest(ANNOTATED)
    )
    return names.AGENT_CONTAINER in done.stdout


def runs_on(cluster: Cluster) -> None:
    cluster.create(PLAIN.manifest("localhost"))
    try:
        until("running plain pod", lambda: cluster.pod_is_ready("orders", PLAIN.name))
        spec = cluster.get("-n", "orders", "pod", PLAIN.name)["spec"]
        assert [container["name"] for container in spec["containers"]] == ["app"]
        assert not spec.get("initContainers")
    finally:
        cluster.kubectl("-n", "orders", "delete", "pod", PLAIN.name)


def refusal_event(cluster: Cluster) -> bool:
    events = cluster.get("-n", "orders", "events")["items"]
    return any(it["reason"] == "FailedCreate" and "skm-webhook" in it["message"] for it in events)
