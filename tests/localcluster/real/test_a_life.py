# SPDX-License-Identifier: Apache-2.0
"""One cluster from nothing to nothing: made, used, killed, healed, repaired, taken away.

The tests build on each other in the order of the file; each names what it leaves to the next.
"""

import os
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lctest_driver import COMMAND, Driver, pod, service, until
from lctest_traces import traces

from localcluster.cgroups import Cgroups
from localcluster.modules import modules

CLAIM: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


@pytest.fixture(scope="module")
def before(lctest: Driver) -> dict[str, set[str]]:
    found = traces(lctest.settings.name)
    assert not [one for kind in found.values() for one in kind if "lctest" in one]
    return found


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
@pytest.mark.usefixtures("before")
def test_a_start_that_is_ended_half_way_leaves_what_exists(
    lctest: Driver, signum: signal.Signals, code: int
) -> None:
    until(lambda: not kill_all(lctest))
    # What runs the tests in the background may have told its children to ignore Ctrl-C.
    command = ["env", "--default-signal=INT", *COMMAND, "up", "--name=lctest", "--no-etcd-fsync"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout
        assert process.stderr
        until(lambda: b"etcd" in b"".join(map(command_line, lctest.processes())), 120.0)
        busy = lctest.refuse("up")
        os.killpg(process.pid, signum)
        assert process.wait(30) == code
        assert ("Interrupted" in process.stderr.read()) is (code == 130)
    assert busy == ("localcluster: Another command works on cluster lctest: wait for its end.")
    assert lctest.processes()
    assert lctest.call("status").returncode == 3


def test_the_next_start_goes_on(lctest: Driver, probe_image: tuple[str, Path]) -> None:
    told = lctest.succeed("up")
    assert "Cluster lctest is up after" in told
    assert lctest.call("status").returncode == 0
    name, archive = probe_image
    lctest.succeed("load", str(archive))
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    keeper = pod("keeper", name, "node0")
    keeper["spec"]["volumes"].append(volume)
    mounts = keeper["spec"]["containers"][0]["volumeMounts"]
    mounts.append({"name": "data", "mountPath": "/data"})
    del keeper["spec"]["nodeName"]
    host = pod("host", name, "node0")
    results = {"name": "results", "hostPath": {"path": "/var/lib/cni/results"}}
    host["spec"]["volumes"].append(results)
    host["spec"]["securityContext"] = {"runAsUser": 0}
    del host["spec"]["containers"][0]["securityContext"]
    host["spec"]["hostNetwork"] = True
    host["spec"]["containers"][0]["args"] = ["serve", ":8099"]
    host["spec"]["containers"][0]["volumeMounts"].append(
        {"name": "results", "mountPath": "/results"}
    )
    lctest.apply(CLAIM, keeper, host, service("keeper"), pod("other", name, "node0"))
    lctest.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s")
    lctest.probe("keeper", "write", "/data/word", "durable")
    lctest.probe("keeper", "write", "/memory/word", "volatile")


def test_a_kubeconfig_is_for_its_owner_only(lctest: Driver) -> None:
    path = Path(lctest.succeed("kubeconfig").strip())
    assert stat.S_IMODE(lctest.settings.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert lctest.succeed("kubeconfig", "--content").strip() == path.read_text().strip()


def test_programs_are_of_the_matching_version(lctest: Driver) -> None:
    [kubernetes] = [one for one in modules("1.37") if "kubectl" in one.programs]
    said = lctest.kubectl("version", "-o", "yaml")
    assert said.count(f"gitVersion: {kubernetes.version}") == 2


def test_a_service_shows_the_callers_own_address(lctest: Driver) -> None:
    other = address(lctest, "other")
    until(lambda: asks(lctest, "other", "keeper.default.svc.cluster.local:80") == other)
    assert asks(lctest, "other", f"{address(lctest, 'keeper')}:8080") == other


def test_a_pod_reaches_itself_through_its_service(lctest: Driver) -> None:
    until(lambda: asks(lctest, "keeper", "keeper.default.svc.cluster.local:80") != "")


def test_the_nodes_cni_records_are_its_own(lctest: Driver) -> None:
    records = lctest.probe("host", "list", "/results").splitlines()
    assert len([record for record in records if record.startswith("pods-")]) == 3
    assert not list(Path("/var/lib/cni").glob("*"))


@pytest.mark.parametrize("port", [2379, 2380])
def test_etcd_refuses_a_pod_of_the_host_network(lctest: Driver, port: int) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        lctest.probe("host", "knock", f"127.0.0.1:{port}")
    assert "tls: certificate required" in refused.value.stderr


def test_a_dead_component_alone_is_started_again(lctest: Driver) -> None:
    [kubelet] = Cgroups(lctest.settings.cgroup).members("node0-kubelet")
    os.kill(kubelet, signal.SIGKILL)
    told = lctest.succeed("up")
    assert "starting again: node0-kubelet." in told
    assert restarts(lctest) == 0
    assert "nothing had to be started" in lctest.succeed("up")


def test_killed_whole_it_heals_and_keeps_what_is_durable(lctest: Driver) -> None:
    until(lambda: not kill_all(lctest))
    assert lctest.refuse("kubeconfig").startswith("localcluster: Cluster lctest does not run")
    lctest.succeed("up")
    lctest.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s")
    assert lctest.probe("keeper", "read", "/data/word") == "durable"
    with pytest.raises(subprocess.CalledProcessError):
        lctest.probe("keeper", "read", "/memory/word")
    assert restarts(lctest) >= 3
    other = address(lctest, "other")
    until(lambda: asks(lctest, "other", "keeper.default.svc.cluster.local:80") == other)


def test_a_lost_interface_and_namespace_heal_too(lctest: Driver) -> None:
    until(lambda: not kill_all(lctest))
    subprocess.run(["ip", "link", "del", "lc-lctest"], check=True)
    Path("/run/netns/lc-lctest-1").touch()
    lctest.succeed("up")
    lctest.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s")


def test_a_released_volume_is_emptied_and_offered_again(lctest: Driver) -> None:
    lctest.kubectl("delete", "pod", "keeper", "--wait", "--timeout=30s")
    bound = lctest.kubectl("get", "pvc", "data", "-o", "jsonpath={.spec.volumeName}")
    lctest.kubectl("delete", "pvc", "data", "--wait", "--timeout=30s")
    until(lambda: phase(lctest, bound) == "Released")
    [word] = lctest.settings.state.glob("volumes/node0/*/word")
    assert word.read_text() == "durable"
    assert "1 released volume(s)" in lctest.succeed("up")
    assert phase(lctest, bound) == "Available"
    assert not word.exists()
    assert word.parent.is_dir()


def test_what_an_existing_cluster_cannot_become_is_refused(lctest: Driver) -> None:
    assert "exists with --network bridge" in lctest.refuse("up", "--network", "ptp")
    assert "supported: 1.37" in lctest.refuse("up", "--kubernetes", "1.30")
    absent = lctest.refuse("load", "/absent.oci")
    assert absent == "localcluster: There is no image archive /absent.oci."


def test_a_stop_that_keeps_the_state_is_followed_by_the_same_cluster(lctest: Driver) -> None:
    uid = lctest.kubectl("get", "namespace", "default", "-o", "jsonpath={.metadata.uid}")
    lctest.succeed("down", "--keep-state")
    assert not lctest.processes()
    lctest.succeed("up")
    again = lctest.kubectl("get", "namespace", "default", "-o", "jsonpath={.metadata.uid}")
    assert again == uid


def test_taken_away_it_leaves_nothing(lctest: Driver, before: dict[str, set[str]]) -> None:
    while_up = new_traces(lctest, before)
    assert all(while_up[kind] for kind in ("processes", "cgroups", "namespaces", "interfaces"))
    lctest.succeed("down")
    until(lambda: not any(new_traces(lctest, before).values()), 10.0)
    assert not lctest.settings.state.exists()
    assert not lctest.settings.run.exists()
    assert "There is no cluster lctest." in lctest.succeed("down")


def new_traces(lctest: Driver, before: dict[str, set[str]]) -> dict[str, set[str]]:
    after = traces(lctest.settings.name)
    return {kind: after[kind] - before[kind] for kind in before}


def kill_all(lctest: Driver) -> list[int]:
    for pid in lctest.processes():
        os.kill(pid, signal.SIGKILL)
    return lctest.processes()


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def address(lctest: Driver, name: str) -> str:
    return lctest.kubectl("get", "pod", name, "-o", "jsonpath={.status.podIP}")


def phase(lctest: Driver, volume: str) -> str:
    return lctest.kubectl("get", "pv", volume, "-o", "jsonpath={.status.phase}")


def asks(lctest: Driver, name: str, address: str) -> str:
    try:
        return lctest.probe(name, "ask", address)
    except subprocess.CalledProcessError:
        return ""


def restarts(lctest: Driver) -> int:
    path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}"
    return sum(map(int, lctest.kubectl("get", "pods", "-o", path).split()))
