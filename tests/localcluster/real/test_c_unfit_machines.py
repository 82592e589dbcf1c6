# SPDX-License-Identifier: Apache-2.0
"""Machines on which no cluster can be: each is told in one sentence, and nothing is left."""

import io
import subprocess
from pathlib import Path

import pytest
from lctest_driver import COMMAND, Driver

from localcluster import Settings, Steps
from localcluster.build import build
from localcluster.modules import modules
from localcluster.record import claim
from localcluster.toolchain import install


@pytest.fixture
def absent() -> Driver:
    driver = Driver(Settings(name="lcabsent"))
    assert not driver.processes()
    return driver


def test_another_user_than_root(tmp_path: Path) -> None:
    absent = Driver(Settings(name="lcabsent", state_root=tmp_path))
    prefix = ("unshare", "--user", "env", f"SKM_STATE={tmp_path}")
    claim(absent.settings)
    for command in ("up", "down", "status", "kubeconfig"):
        sentence = absent.refuse(command, prefix=prefix)
        assert sentence.startswith("localcluster: Root is needed for network namespaces")


def test_a_full_disk(absent: Driver, tmp_path: Path) -> None:
    script = f'mount -t tmpfs -o size=64m full {tmp_path} && exec "$@"'
    inside = ("unshare", "--mount", "sh", "-c", script, "sh", "env", f"SKM_STATE={tmp_path}")
    sentence = absent.refuse("up", prefix=inside)
    assert f"The disk of {tmp_path} has 0.1 GiB free, and 2 GiB are needed" in sentence


def test_addresses_that_the_machine_uses(absent: Driver, tmp_path: Path) -> None:
    commands = [
        "ip link add vpn0 type bridge",
        "ip link set vpn0 up",
        "ip route add 172.24.0.0/13 dev vpn0",
        'exec "$@"',
    ]
    state = f"SKM_STATE={tmp_path}"
    inside = ("unshare", "--net", "sh", "-ec", "\n".join(commands), "sh", "env", state)
    sentence = absent.refuse("up", "--address-pool", "172.28.0.0/14", prefix=inside)
    assert "172.28.0.0/14 overlaps with 172.24.0.0/13 (a route by vpn0)" in sentence
    assert not list(tmp_path.glob("*/cluster.json"))


def test_a_machine_without_go_gets_the_pinned_one(tmp_path: Path) -> None:
    toolchain = install(tmp_path)
    assert toolchain.go.is_relative_to(tmp_path)
    [pause] = [module for module in modules("1.37") if module.name == "pause"]
    folder = build(pause, toolchain, tmp_path, Steps(io.StringIO()))
    assert (folder / "pause").stat().st_mode & 0o100


def test_a_disk_that_fills_while_the_cluster_starts(tmp_path: Path) -> None:
    """In a mount namespace: a disk of just enough room, filled once the first files are there."""
    script = """
        out="$1/out"; export SKM_STATE="$1/disk"; filler="$SKM_STATE/filler"; shift
        mkdir "$SKM_STATE"; mount -t tmpfs -o size=2100m small "$SKM_STATE"
        "$@" up --name=lcfull > "$out" 2>&1 & up=$!
        until [ -e "$SKM_STATE/lcfull/logs/etcd.log" ]; do sleep 0.02; done
        dd if=/dev/zero of="$filler" bs=1M 2> /dev/null
        wait $up; echo "code $?"; cat "$out"
        rm "$filler"; "$@" up --name=lcfull; "$@" down --name=lcfull
    """
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path), *COMMAND]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    failure, _, success = done.stdout.partition("(see ")
    assert failure.startswith("code 1\n")
    assert "the disk is full" in failure
    assert "Cluster lcfull is up after" in success
    assert not Driver(Settings(name="lcfull")).processes()
