# SPDX-License-Identifier: Apache-2.0
"""Installing, failing half way, uninstalling: at the end of the suite, since all of it is moved."""

import pytest
from cluster_harness import Cluster, until

from demo import install, orders
from localcluster import LocalClusterError
from skm_common import names

HOLDER = ("orders", "orders-database-0", "postgres", "orders-db/password")


def test_helm_test_makes_a_round_trip(shop: Cluster):
    said = shop.access.helm("test", install.RELEASE, f"--namespace={names.NAMESPACE}", "--logs")
    assert "Succeeded" in said


def test_the_jobs_rights_have_ended_with_it(shop: Cluster):
    for what in ("job", "serviceaccount", "role", "rolebinding"):
        assert shop.get("-n", names.NAMESPACE, what, names.INSTALL) is None
    for what in ("clusterrole", "clusterrolebinding"):
        assert shop.get(what, names.INSTALL) is None


def test_a_reinstall_finds_root_key_and_data(shop: Cluster):
    held = shop.held(*HOLDER)
    root_key = shop.get("-n", names.NAMESPACE, "secret", names.ROOT_KEY_SECRET)["metadata"]["uid"]
    install.uninstall(shop.access)
    assert shop.get("-n", names.NAMESPACE, "statefulset", names.KMS) is None
    assert shop.get("crd", "keys.skm.dev"), "the definitions are kept"
    assert shop.held(*HOLDER) == held, "running pods keep their files"
    install.install(shop.access)
    kept = shop.get("-n", names.NAMESPACE, "secret", names.ROOT_KEY_SECRET)["metadata"]["uid"]
    assert kept == root_key
    shop.kubectl("-n", "orders", "delete", "pod", "orders-database-0")
    until("same password in a new pod", lambda: shop.held(*HOLDER) == held, 180)
    orders.wait_for_words(shop.access)


def test_an_upgrade_that_fails_half_way_is_mended_by_the_next(shop: Cluster):
    held = shop.held(*HOLDER)
    with pytest.raises(LocalClusterError):
        install.install(shop.access, "image.tag=0.0.0-missing", timeout="20s")
    assert shop.held(*HOLDER) == held
    install.install(shop.access)
    shop.kubectl("-n", names.NAMESPACE, "rollout", "status", "statefulset/skm-kms")


def test_a_first_install_that_fails_half_way_is_mended_by_the_next(shop: Cluster):
    install.uninstall(shop.access)
    with pytest.raises(LocalClusterError):
        install.install(shop.access, "kms.resources.requests.cpu=1000", timeout="30s")
    install.install(shop.access)
    orders.wait_for_words(shop.access)
