# SPDX-License-Identifier: Apache-2.0
"""The typed settings of one local cluster, and the paths and names that follow from them.

What belongs elsewhere: the addresses, which depend on other clusters (`addresses`), and what
an existing cluster was made with (`record`).
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final, Literal, get_args

from .errors import BadSettingError

Network = Literal["bridge", "ptp"]
NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?")
MAXIMUM_NODES: Final = 2


def default_cache(environment: Mapping[str, str]) -> Path:
    """Return where built programs are kept: `SKM_CACHE`, or a folder of the user's cache."""
    if chosen := environment.get("SKM_CACHE"):
        return Path(chosen).absolute()
    home = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "secure-key-manager"


def default_state(environment: Mapping[str, str]) -> Path:
    """Return where clusters keep their data: `SKM_STATE`, or a folder below /var/lib."""
    chosen = environment.get("SKM_STATE", "/var/lib/secure-key-manager/localcluster")
    return Path(chosen).absolute()


@dataclass(frozen=True, slots=True)
class Settings:
    """How one local cluster is to be; raises `BadSettingError` for values that can't be used."""

    name: str = "demo"
    """The cluster's name, 1 to 12 letters, digits and dashes: with the prefix `lc-` it must fit
    into the 15 characters of an interface name. Clusters of several names run side by side."""

    nodes: int = 1
    """Number of nodes, 1 or 2. A second one costs about 0.4 GiB of memory and proves what only
    two can: cross-node traffic and evidence that belongs to the pod's own node."""

    network: Network = "bridge"
    """How pods are attached: `bridge` (one L2 segment a node, MAC evidence from the bridge table)
    or `ptp` (a routed veth each, evidence from the neighbour table of the host)."""

    kubernetes: str = "1.37"
    """Minor version of Kubernetes; those with a module folder under programs/ are supported."""

    address_pool: IPv4Network = field(default_factory=lambda: IPv4Network("10.200.0.0/14"))
    """A /14 that node, pod and service addresses of all local clusters are taken from."""

    volumes_per_node: int = 16
    """How many pre-made local volumes each node offers behind the default StorageClass."""

    etcd_fsync: bool = True
    """Whether etcd waits for the disk. Off is faster on a slow disk and loses data when the
    machine dies, which a cluster for throw-away measurements may accept."""

    state_root: Path = field(default_factory=lambda: default_state(os.environ))
    """Folder of all clusters' durable data (etcd, volumes, images, certificates)."""

    cache: Path = field(default_factory=lambda: default_cache(os.environ))
    """Folder of built programs, keyed by version and digest; safe to delete at any time."""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise BadSettingError(
                f"The cluster name {self.name!r} must be 1 to 12 lower-case letters, digits and "
                "dashes, begin with a letter and not end with a dash."
            )
        if not 1 <= self.nodes <= MAXIMUM_NODES:
            raise BadSettingError(f"--nodes must be 1 or {MAXIMUM_NODES}, not {self.nodes}.")
        if self.network not in get_args(Network):
            raise BadSettingError(f"--network must be bridge or ptp, not {self.network!r}.")
        if self.address_pool.prefixlen != 14:
            raise BadSettingError(f"--address-pool must be a /14 network, not {self.address_pool}.")
        if not 1 <= self.volumes_per_node <= 100:
            raise BadSettingError(
                f"volumes_per_node must be between 1 and 100, not {self.volumes_per_node}."
            )

    @property
    def state(self) -> Path:
        """This cluster's durable folder."""
        return self.state_root / self.name

    @property
    def run(self) -> Path:
        """This cluster's folder for sockets and marks, which need not outlive a reboot."""
        return Path("/run/secure-key-manager/localcluster") / self.name

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, readable for root only."""
        return self.state / "kubeconfig"

    @property
    def bin(self) -> Path:
        """A folder of links to the programs in use: kubectl, helm, ctr and the others."""
        return self.state / "bin"

    @property
    def interface(self) -> str:
        """The machine's own interface on the cluster's network."""
        return f"lc-{self.name}"

    @property
    def lan(self) -> str:
        """The network namespace that holds the switch between the nodes."""
        return f"lc-{self.name}-lan"

    @property
    def cgroup(self) -> str:
        """The cgroup below which every process of the cluster lives, in each hierarchy."""
        return f"localcluster-{self.name}"
