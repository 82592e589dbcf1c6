# SPDX-License-Identifier: Apache-2.0
import json
import tomllib
from pathlib import Path

import pytest

from localcluster.addresses import Addresses
from localcluster.cni import configuration
from localcluster.controlplane import components
from localcluster.runtime import containerd, kubelet
from localcluster.settings import Network, Settings

SETTINGS = Settings(name="demo", state_root=Path("/state"))
ADDRESSES = Addresses.of(SETTINGS.address_pool, 0)


@pytest.mark.parametrize("network", ["bridge", "ptp"])
def test_no_network_hides_a_pods_address(network: Network) -> None:
    [attach, ports] = json.loads(configuration(network, ADDRESSES.pods_of(0)))["plugins"]
    assert attach["type"] == network
    assert attach["ipMasq"] is False
    assert attach["ipam"]["ranges"] == [[{"subnet": "10.201.0.0/23"}]]
    assert ports["type"] == "portmap"


def test_a_kubelet_takes_250_pods_and_backs_off_for_a_second() -> None:
    config = json.loads(kubelet(SETTINGS, ADDRESSES, 1))
    assert config["maxPods"] == 250
    assert config["crashLoopBackOff"] == {"maxContainerRestartPeriod": "1s"}
    assert config["cgroupRoot"] == "/localcluster-demo/node1"
    assert config["authentication"]["anonymous"] == {"enabled": False}


def test_containerd_uses_our_pause_image_and_the_machines_runc() -> None:
    text = containerd("localhost/pause:1", Path("/usr/sbin/runc"), Path("/usr/lib/cni"))
    plugins = tomllib.loads(text)["plugins"]
    pinned = plugins["io.containerd.cri.v1.images"]["pinned_images"]
    assert pinned == {"sandbox": "localhost/pause:1"}
    runtime = plugins["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]["runc"]
    assert runtime["options"]["BinaryName"] == "/usr/sbin/runc"


@pytest.mark.parametrize("durable", [True, False])
def test_etcd_asks_for_certificates_and_waits_for_the_disk_unless_told_not_to(
    durable: bool,
) -> None:
    settings = Settings(etcd_fsync=durable)
    etcd, *_ = components(settings, ADDRESSES, Path("/bin"))
    assert "--client-cert-auth=true" in etcd.arguments
    assert ("--unsafe-no-fsync" in etcd.arguments) is not durable


def test_the_control_plane_starts_in_order_and_without_feature_gates() -> None:
    parts = components(SETTINGS, ADDRESSES, Path("/bin"))
    names = [part.name for part in parts]
    assert names == ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
    words = [word for part in parts for word in part.arguments]
    assert not [word for word in words if "feature-gates" in word or "runtime-config" in word]
