# SPDX-License-Identifier: Apache-2.0
"""The configuration of a node's containerd and kubelet.

Both use the paths they have on any real node (/var/lib/kubelet, /run/containerd and so on): in
the node's own mount namespace those are folders of the cluster (`node`).
"""

import json
from pathlib import Path
from typing import Final

from .addresses import Addresses
from .credentials import folder
from .settings import Settings

SOCKET: Final = "/run/containerd/containerd.sock"
MAXIMUM_PODS: Final = 250


def containerd(pause_image: str, runc: Path, plugins: Path) -> str:
    """Return containerd's configuration (TOML, version 3)."""
    snapshotters = ("zfs", "btrfs", "devmapper")
    disabled = [f"io.containerd.snapshotter.v1.{name}" for name in snapshotters]
    disabled += ["io.containerd.nri.v1.nri"]
    runtime = "plugins.'io.containerd.cri.v1.runtime'"
    return f"""\
version = 3
root = '/var/lib/containerd'
state = '/run/containerd'
disabled_plugins = {json.dumps(disabled)}

[grpc]
  address = '{SOCKET}'

[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'overlayfs'

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '{pause_image}'

[{runtime}]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

[{runtime}.cni]
  bin_dirs = ['{plugins}']
  conf_dir = '/etc/cni/net.d'

[{runtime}.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[{runtime}.containerd.runtimes.runc.options]
  SystemdCgroup = false
  BinaryName = '{runc}'
"""


def kubelet(settings: Settings, addresses: Addresses, index: int) -> str:
    """Return the KubeletConfiguration of a node.

    A container that ends is started again after one second at most, the shortest back-off that
    `crashLoopBackOff` allows, so that tests of restarts do not wait for minutes.
    """
    pki = folder(settings)
    configuration = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{pki}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{settings.cgroup}/node{index}",
        "clusterDNS": [str(addresses.dns)],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "crashLoopBackOff": {"maxContainerRestartPeriod": "1s"},
        "enforceNodeAllocatable": ["pods"],
        "evictionHard": {
            "imagefs.available": "1%",
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
        "failCgroupV1": False,
        "failSwapOn": False,
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "maxPods": MAXIMUM_PODS,
        "resolvConf": "",
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        "tlsCertFile": f"{pki}/node{index}-server.crt",
        "tlsPrivateKeyFile": f"{pki}/node{index}-server.key",
    }
    return json.dumps(configuration, indent=1)
