# SPDX-License-Identifier: Apache-2.0
"""Two nodes on a routed network: every pair of pods meets with its own addresses."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lctest_driver import Driver, pod, service, until

PODS = {"a": "node0", "b": "node0", "c": "node1"}


@pytest.fixture(scope="module")
def cluster(lctest: Driver, probe_image: tuple[str, Path]) -> Iterator[Driver]:
    lctest.succeed("down")
    lctest.succeed("up", "--nodes", "2", "--network", "ptp", "--no-etcd-fsync")
    name, archive = probe_image
    lctest.succeed("load", str(archive))
    for pod_name, node in PODS.items():
        lctest.apply(pod(pod_name, name, node), service(pod_name))
    lctest.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s")
    yield lctest
    lctest.succeed("down")


@pytest.mark.parametrize("caller", PODS)
@pytest.mark.parametrize("callee", PODS)
def test_a_pod_is_seen_with_its_own_address(cluster: Driver, caller: str, callee: str) -> None:
    path = "jsonpath={.status.podIP}"
    own, other = (cluster.kubectl("get", "pod", one, "-o", path) for one in (caller, callee))
    assert cluster.probe(caller, "ask", f"{other}:8080") == own
    if caller != callee:
        through = f"{callee}.default.svc.cluster.local:80"
        until(lambda: answers(cluster, caller, through))
        assert cluster.probe(caller, "ask", through) == own


def test_every_node_offers_volumes_of_its_own(cluster: Driver) -> None:
    names = cluster.kubectl("get", "pv", "-o", "jsonpath={.items[*].metadata.name}").split()
    assert len(names) == 2 * cluster.settings.volumes_per_node
    assert {name.split("-")[1] for name in names} == {"node0", "node1"}


def test_nodes_take_250_pods(cluster: Driver) -> None:
    path = "jsonpath={.items[*].status.capacity.pods}"
    assert cluster.kubectl("get", "nodes", "-o", path) == "250 250"


def test_another_cluster_comes_and_goes_beside_it(cluster: Driver) -> None:
    mine = Driver(type(cluster.settings)(name="lctest2"))
    try:
        mine.succeed("up", "--no-etcd-fsync")
        assert mine.call("status").returncode == 0
    finally:
        mine.call("down")
    assert not mine.processes()
    assert cluster.call("status").returncode == 0
    assert cluster.probe("a", "lookup", "c.default.svc.cluster.local")


def test_the_same_name_with_another_state_is_refused(cluster: Driver, tmp_path: Path) -> None:
    other = ("env", f"SKM_STATE={tmp_path}")
    sentence = cluster.refuse("up", prefix=other)
    assert (
        sentence == f"localcluster: Cluster lctest runs with its state in {cluster.settings.state}."
    )
    assert cluster.call("status").returncode == 0


def test_one_node_that_lost_its_anchor_heals(cluster: Driver) -> None:
    folder = Path("/sys/fs/cgroup/pids", cluster.settings.cgroup, "components/node1-anchor")
    [anchor] = map(int, (folder / "cgroup.procs").read_text().split())
    os.kill(anchor, 9)
    assert cluster.call("status").returncode == 3
    cluster.succeed("up")
    cluster.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s")
    until(lambda: answers(cluster, "a", "c.default.svc.cluster.local:80"))


def answers(cluster: Driver, caller: str, address: str) -> bool:
    try:
        return bool(cluster.probe(caller, "ask", address))
    except subprocess.CalledProcessError:
        return False
