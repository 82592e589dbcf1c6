# SPDX-License-Identifier: Apache-2.0
"""A pod gets its database password because its certificate, IP and MAC check out."""

import json
import re
import secrets

import pytest
from cluster_harness import Cluster, example, seconds_until, until

from demo import orders

DATABASE = ("orders", "orders-database-0", "postgres")
PASSWORD = "orders-db/password"
MOUNTS = ("python3", "-c", "print(open('/proc/mounts').read())")
LATEST = 5 + 1
"""Seconds until a change is in a file: 5, and one for looking by `kubectl exec`."""


def test_the_application_reads_and_writes_rows(shop: Cluster):
    before = newest(orders.wait_for_words(shop.access))
    until("newer row", lambda: newest(orders.words(shop.access)) > before)


def test_no_kubernetes_secret_is_there(shop: Cluster):
    assert shop.get("-n", "orders", "secrets") is None


def test_resources_say_that_they_are_ready(shop: Cluster):
    for what in ("keystore/orders", "key/orders-db", "accesspolicy/orders-app"):
        kind, name = what.split("/")
        ready = shop.condition("orders", f"{kind}.skm.dev/{name}", "Ready")
        assert ready is not None, what
        assert (ready["status"], bool(ready["message"])) == ("True", True), what


def test_columns_are_for_people(shop: Cluster):
    shown = shop.kubectl("-n", "orders", "get", "skm")
    for words in ("READY", "REASON", "keystore.skm.dev/orders", "key.skm.dev/orders-db", "Active"):
        assert words in shown
    shown = shop.kubectl("-n", "orders", "get", "skmks,skmkey,skmap")
    assert shown.count("True") == 4


def test_both_pods_hold_the_same_password_in_memory_only(shop: Cluster):
    pod = running(shop, "orders", "app=orders")
    password = shop.held(*DATABASE, PASSWORD)
    assert re.fullmatch("[A-Za-z0-9]{32}", password or "")
    assert shop.held("orders", pod, "orders", PASSWORD) == password
    mounts = shop.kubectl("-n", "orders", "exec", pod, "-c", "orders", "--", *MOUNTS)
    (mount,) = [line.split() for line in mounts.splitlines() if " /run/secrets/skm " in line]
    assert mount[2] == "tmpfs"
    assert "ro" in mount[3].split(",")


def test_no_object_holds_the_password(shop: Cluster):
    password = shop.held(*DATABASE, PASSWORD)
    kinds = "pods,skm,configmaps,events,deployments,statefulsets"
    listed = shop.kubectl("-n", "orders", "get", kinds, "-o", "json")
    assert password
    assert password not in listed
    assert len(json.loads(listed)["items"]) > 5


def test_nothing_in_the_cluster_differs_from_the_manifests(shop: Cluster):
    assert shop.kubectl("diff", "-f", str(example("orders-db"))) == ""


def test_a_rotated_password_reaches_file_and_database(shop: Cluster, skm):
    old = shop.held(*DATABASE, PASSWORD)
    skm("key", "rotate", "orders.orders", "orders-db")
    took = seconds_until(
        "new password in the file", lambda: shop.held(*DATABASE, PASSWORD) not in (old, None)
    )
    assert took <= LATEST
    until("login with it", lambda: passwords_used(orders.words(shop.access)) > 1, 30)


def test_a_managed_secret_is_set_then_changed_while_its_pod_runs(cluster: Cluster, skm, legacy):
    until("condition that asks for a value", lambda: asks_for_a_value(cluster, legacy))
    give(skm, legacy, "first")
    pod = until("served pod", lambda: running(cluster, legacy, "app=reports"), 120)
    assert cluster.held(legacy, pod, "reports", "warehouse/password") == "first"
    give(skm, legacy, "second")
    took = seconds_until(
        "new value", lambda: cluster.held(legacy, pod, "reports", "warehouse/password") == "second"
    )
    assert took <= LATEST


@pytest.fixture
def legacy(cluster: Cluster):
    """The example existing-database under a namespace of its own: an old name inherits nothing."""
    name = f"legacy-{secrets.token_hex(3)}"
    for path in sorted(example("existing-database").glob("*.yaml")):
        text = path.read_text().replace("namespace: legacy", f"namespace: {name}")
        cluster.kubectl(
            "apply", "-f", "-", stdin=text.replace("  name: legacy\n", f"  name: {name}\n")
        )
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def test_the_audit_log_tells_it_and_verifies(shop: Cluster, skm):
    report = json.loads(skm("audit", "verify", "--json"))
    assert report["findings"] == []
    assert report["records"] == report["vouched"] > 0
    tail = skm("audit", "tail", "--lines", "500", "--json").splitlines()
    records = [json.loads(line) for line in tail]
    readers = [record["caller"] for record in records if record.get("key") == "orders-db"]
    assert "orders" in {reader.get("namespace") for reader in readers}


def newest(words: str | None) -> int:
    found = re.search(r"last #(\d+)", words or "")
    return int(found[1]) if found else 0


def passwords_used(words: str | None) -> int:
    found = re.search(r"with password (\d+) of", words or "")
    return int(found[1]) if found else 0


def running(cluster: Cluster, namespace: str, labels: str) -> str | None:
    pods = cluster.get("-n", namespace, "pods", "-l", labels)["items"]
    found = [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    return next((name for name in found if cluster.pod_is_ready(namespace, name)), None)


def asks_for_a_value(cluster: Cluster, namespace: str) -> bool:
    ready = cluster.condition(namespace, "key.skm.dev/warehouse", "Ready") or {}
    return ready.get("status") == "False" and "skm secret set" in ready["message"]


def give(skm, namespace: str, password: str) -> None:
    value = json.dumps({"username": "reports", "password": password})
    skm("secret", "set", f"{namespace}.legacy", "warehouse", "--fields", stdin=value)
