# SPDX-License-Identifier: Apache-2.0
"""The search of `make canary`, on the cluster of the session: the password is nowhere."""

import fnmatch
import os
import sys

import pytest
from cluster_harness import Cluster

from demo import place
from demo.canary.run import Result, judge, search
from demo.settings import Settings
from localcluster import Steps


@pytest.fixture(scope="module")
def results(shop: Cluster) -> list[Result]:
    name = shop.access.local
    assert name, "The canary reads a machine's disks: name the local cluster it is on."
    cluster = place.cluster_settings(Settings(name=name))
    return search(shop.access, cluster, Steps(sys.stderr))


def test_every_planted_form_was_found_in_every_place(results: list[Result]):
    assert all(len(result.expected) > 10 for result in results)
    assert {result.place: result.missed for result in results if result.missed} == {}


def test_the_live_password_is_in_no_place(results: list[Result]):
    assert [hit for result in results for hit in result.hits] == []
    judge(results, Steps(sys.stderr))


@pytest.mark.parametrize(
    "name",
    ["etcd", "logs of Kubernetes", "the KMS's volume", "volume of orders/", "every object", "env"],
)
def test_the_place_was_searched(results: list[Result], name: str):
    assert any(result.place.startswith(name) for result in results)


def test_nothing_planted_stays(shop: Cluster, results: list[Result]):
    state = place.cluster_settings(Settings(name=shop.access.local or "")).state
    names = [name for _, _, names in os.walk(state) for name in names]
    assert fnmatch.filter(names, "skm-canary-*.log") == []
    assert shop.get("-n", "default", "configmap", "skm-canary") is None
