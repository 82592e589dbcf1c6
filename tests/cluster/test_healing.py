# SPDX-License-Identifier: Apache-2.0
"""Each component killed once: running pods keep their files, new ones wait, all heals alone."""

import json

import pytest
from cluster_harness import Cluster, until

from demo.rogues.cast import Pod
from skm_common import names

HOLDER = ("orders", "orders-database-0", "postgres", "orders-db/password")
NEW = Pod("new", namespace="orders", inject="orders/orders-db")
COMPONENTS = {
    "kms": (names.NAMESPACE, "statefulset/skm-kms"),
    "system-key": (names.SYSTEM_KEY_NAMESPACE, "deployment/skm-system-key"),
    "operator": (names.NAMESPACE, "deployment/skm-operator"),
    "webhook": (names.NAMESPACE, "deployment/skm-webhook"),
    "node-agent": (names.NODE_NAMESPACE, "daemonset/skm-node-agent"),
}


@pytest.fixture
def new_pod(shop: Cluster):
    yield json.dumps(NEW.manifest("localhost"))
    shop.kubectl("-n", NEW.namespace, "delete", "pod", NEW.name, "--ignore-not-found")


@pytest.mark.parametrize("component", COMPONENTS)
def test_killed_it_heals_alone_and_no_file_is_lost(shop: Cluster, new_pod, component):
    held = shop.held(*HOLDER)
    assert held
    kill(shop, component)
    assert shop.held(*HOLDER) == held
    until("admission", lambda: admitted(shop, new_pod))
    until("served pod", lambda: served(shop) == held, 120)
    namespace, what = COMPONENTS[component]
    shop.kubectl("-n", namespace, "rollout", "status", what, "--timeout=180s")
    assert shop.held(*HOLDER) == held


def test_a_new_pod_waits_while_the_kms_is_away_and_says_why(shop: Cluster, new_pod):
    held = shop.held(*HOLDER)
    shop.scale(*COMPONENTS["kms"], 0)
    try:
        assert admitted(shop, new_pod)
        until("words of the waiting agent", lambda: "kms_unreachable" in said_by_agent(shop))
        assert not shop.pod_is_ready(NEW.namespace, NEW.name)
        assert shop.held(*HOLDER) == held
    finally:
        shop.scale(*COMPONENTS["kms"], 1)
    until("served pod", lambda: served(shop) == held, 120)


def kill(cluster: Cluster, component: str) -> None:
    selector = f"app.kubernetes.io/name=skm-{component}"
    at_once = ("--grace-period=0", "--force")
    cluster.kubectl("-n", COMPONENTS[component][0], "delete", "pod", "-l", selector, *at_once)


def admitted(cluster: Cluster, pod: str) -> bool:
    return cluster.access.attempt("create", "-f", "-", stdin=pod).returncode == 0


def served(cluster: Cluster) -> str | None:
    return cluster.held(NEW.namespace, NEW.name, "app", "orders-db/password")


def said_by_agent(cluster: Cluster) -> str:
    way = ("-n", NEW.namespace, "logs", NEW.name, "-c", names.AGENT_CONTAINER)
    return cluster.access.attempt(*way).stdout
