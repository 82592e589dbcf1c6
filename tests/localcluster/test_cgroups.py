# SPDX-License-Identifier: Apache-2.0
"""On folders that look like a cgroup mount; the real suite works on the real one."""

from pathlib import Path

import pytest

from localcluster.cgroups import Cgroups
from localcluster.errors import MachineUnfitError


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    for name in ("cpuset", "memory", "pids", "unified"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cgroup.procs").touch()
    (tmp_path / "cpuset/cpuset.cpus").write_text("0-1")
    (tmp_path / "cpuset/cpuset.mems").write_text("0")
    return tmp_path


@pytest.fixture
def version_2(tmp_path: Path) -> Path:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    for folder in ("localcluster-x", "localcluster-x/node0"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cgroup.controllers").write_text("cpu memory pids\n")
    return tmp_path


def test_on_version_1_a_node_has_a_folder_in_every_hierarchy_with_controllers(
    version_1: Path,
) -> None:
    Cgroups("localcluster-x", version_1).create(nodes=2)
    nodes = {str(path.relative_to(version_1)) for path in version_1.glob("*/localcluster-x/node*")}
    expected = {"cpuset", "memory", "pids"}
    assert nodes == {f"{name}/localcluster-x/node{index}" for name in expected for index in (0, 1)}


def test_on_version_2_the_controllers_are_handed_down_to_the_node(version_2: Path) -> None:
    Cgroups("localcluster-x", version_2).create(nodes=1)
    for folder in (version_2, version_2 / "localcluster-x"):
        assert (folder / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


def test_processes_are_those_of_the_clusters_own_folders(version_1: Path) -> None:
    mine, other = (Cgroups(f"localcluster-{name}", version_1) for name in ("x", "x-2"))
    (mine.leaf("node0-kubelet") / "cgroup.procs").write_text("11\n12\n")
    (other.leaf("node0-kubelet") / "cgroup.procs").write_text("21\n")
    pod = version_1 / "pids/localcluster-x/node0/kubepods/pod1"
    pod.mkdir(parents=True)
    (pod / "cgroup.procs").write_text("13\n")
    assert mine.members("node0-kubelet") == [11, 12]
    assert mine.members("node1-kubelet") == []
    assert mine.in_pods() == [13]
    assert sorted(mine.everyone()) == [11, 12, 13]
    assert other.everyone() == [21]


def test_removal_says_whether_anything_is_left(version_1: Path) -> None:
    cgroups = Cgroups("localcluster-x", version_1)
    assert not cgroups.exist()
    busy = cgroups.leaf("etcd") / "cgroup.procs"
    busy.touch()
    assert cgroups.exist()
    assert not cgroups.remove()
    busy.unlink()
    assert cgroups.remove()
    assert not cgroups.exist()


def test_a_machine_without_cgroups_is_told(tmp_path: Path) -> None:
    with pytest.raises(MachineUnfitError, match="No cgroup hierarchy is mounted"):
        Cgroups("localcluster-x", tmp_path).check()
