# SPDX-License-Identifier: Apache-2.0
"""Results in libcni's form, as containerd 2 caches them, for the networks that exist."""

import json
from collections.abc import Callable
from typing import Any

import pytest

SANDBOX = "/run/containerd/io.containerd.grpc.v1.cri/netns/cni-9e105337"


def cached(
    uid: str | None,
    interfaces: list[dict[str, str]],
    ips: list[dict[str, Any]],
    name: str = "eth0",
) -> bytes:
    arguments = [["IgnoreUnknown", "1"], ["K8S_POD_NAMESPACE", "orders"], ["K8S_POD_NAME", "app"]]
    if uid:
        arguments.append(["K8S_POD_UID", uid])
    return json.dumps(
        {
            "kind": "cniCacheV1",
            "containerId": "221e9ff4",
            "config": "eyJjbmlWZXJzaW9uIjoiMS4wLjAifQ==",
            "ifName": name,
            "networkName": "pods",
            "netns": SANDBOX,
            "cniArgs": arguments,
            "capabilityArgs": {"io.kubernetes.cri.pod-annotations": {"note": "K8S_POD_UID"}},
            "result": {
                "cniVersion": "1.0.0",
                "interfaces": interfaces,
                "ips": ips,
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }
    ).encode()


@pytest.fixture
def bridge_result() -> Callable[..., bytes]:
    def make(
        uid: str = "uid-a",
        mac: str = "d2:6f:2e:36:7a:36",
        ipv4: str = "10.201.0.2",
        veth: str = "veth-a",
    ) -> bytes:
        interfaces = [
            {"name": "cni0", "mac": "fe:37:24:6a:ca:b1"},
            {"name": veth, "mac": "da:c0:e6:8d:cc:0a"},
            {"name": "eth0", "mac": mac, "sandbox": SANDBOX},
        ]
        ips = [{"address": f"{ipv4}/23", "gateway": "10.201.0.1", "interface": 2}]
        return cached(uid, interfaces, ips)

    return make


@pytest.fixture
def ptp_result() -> Callable[..., bytes]:
    def make(
        uid: str = "uid-a",
        mac: str = "6a:0b:9e:52:15:f2",
        ipv4: str = "10.201.0.3",
        veth: str = "veth-a",
    ) -> bytes:
        interfaces = [
            {"name": veth, "mac": "22:7e:d1:90:23:17"},
            {"name": "eth0", "mac": mac, "sandbox": SANDBOX},
        ]
        ips = [{"address": f"{ipv4}/32", "gateway": "10.201.0.1", "interface": 1}]
        return cached(uid, interfaces, ips)

    return make


@pytest.fixture
def cni_cached() -> Callable[..., bytes]:
    return cached
