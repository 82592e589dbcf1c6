# SPDX-License-Identifier: Apache-2.0
"""A node: namespaces, its own view of the usual paths, and containerd, kubelet and kube-proxy.

A node's mounts live in a mount namespace that its anchor process holds. All that containerd and
the kubelet mount is there only, so the kernel removes it with the last process of the node, and
the machine's own /var/lib/cni, /var/lib/kubelet and so on are never written to. The empty folders
that serve as mount points stay behind on the machine.
"""

import shutil
import socket
from pathlib import Path
from typing import Final

from .addresses import Addresses
from .cgroups import Cgroups
from .cni import configuration
from .credentials import kubeconfig
from .errors import ComponentFailedError, MachineUnfitError
from .network import NAMESPACES, node_namespace
from .processes import Component, failed, is_alive, start, wait_until
from .runtime import containerd, kubelet
from .settings import Settings

DURABLE: Final = {
    "cni": "/var/lib/cni",
    "containerd": "/var/lib/containerd",
    "kubelet": "/var/lib/kubelet",
    "pod-logs": "/var/log/pods",
    "container-logs": "/var/log/containers",
    "net.d": "/etc/cni/net.d",
}
ANCHOR: Final = """
set -e
mount --make-rshared /
while [ "$1" != -- ]; do
  mount --bind "$1" "$2"
  mount --make-private "$2"
  mount --make-shared "$2"
  shift 2
done
shift
exec "$@"
"""


class Node:
    """One node of a cluster, by its number."""

    def __init__(self, settings: Settings, addresses: Addresses, index: int) -> None:
        self._settings = settings
        self._addresses = addresses
        self._index = index
        self.name = f"node{index}"
        self.folder = settings.state / self.name
        self.run = settings.run / self.name

    @property
    def endpoint(self) -> Path:
        """The path at which the machine reaches the node's containerd."""
        return self.run / "containerd/containerd.sock"

    def anchor(self, programs: Path) -> Component:
        """Return the process that holds the node's mount namespace."""
        return self._component("anchor", programs / "pause", [])

    def components(self, programs: Path) -> list[Component]:
        """Return the node's programs in the order in which they start."""
        named, config = f"--hostname-override={self.name}", kubeconfig
        agent = [
            f"--config={self.folder}/kubelet.json",
            f"--kubeconfig={config(self._settings, self.name)}",
            f"--node-ip={self._addresses.node(self._index)}",
            "--root-dir=/var/lib/kubelet",
            named,
        ]
        proxy = [
            f"--kubeconfig={config(self._settings, 'kube-proxy')}",
            "--proxy-mode=nftables",
            f"--cluster-cidr={self._addresses.pods}",
            "--conntrack-max-per-core=0",
            named,
        ]
        return [
            self._component(
                "containerd", programs / "containerd", [f"-c={self.folder}/config.toml"]
            ),
            self._component("kubelet", programs / "kubelet", agent),
            self._component("kube-proxy", programs / "kube-proxy", proxy),
        ]

    def configure(self, pause_image: str) -> None:
        """Write the configuration files; what a dead node left of its pods' network is removed."""
        for name in DURABLE:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.run / "containerd").mkdir(parents=True, exist_ok=True)
        pods = self._addresses.pods_of(self._index)
        network = configuration(self._settings.network, pods)
        (self.folder / "net.d/10-pods.conflist").write_text(network)
        runtime = containerd(pause_image, _runc(), _cni_plugins())
        (self.folder / "config.toml").write_text(runtime)
        agent = kubelet(self._settings, self._addresses, self._index)
        (self.folder / "kubelet.json").write_text(agent)

    def forget_pods(self) -> None:
        """Remove the addresses and the run-time state of pods that have all ended."""
        shutil.rmtree(self.run, ignore_errors=True)
        shutil.rmtree(self.folder / "cni", ignore_errors=True)

    def start_anchor(self, programs: Path, cgroups: Cgroups) -> None:
        """Make the node's mount namespace and the process that holds it."""
        binds: list[str | Path] = []
        for name, target in DURABLE.items():
            binds += [self.folder / name, target]
        binds += [self.run / "containerd", "/run/containerd"]
        for mount_point in binds[1::2]:
            Path(mount_point).mkdir(parents=True, exist_ok=True)
        unshare = ["unshare", "--mount", "--propagation", "slave"]
        start(self.anchor(programs), cgroups, [*unshare, "sh", "-c", ANCHOR, "sh", *binds, "--"])

    def entered(self, programs: Path, cgroups: Cgroups) -> list[str | Path]:
        """Return the command that enters the node's namespaces, whose anchor must live."""
        pids = cgroups.members(self.anchor(programs).name)
        if not pids:
            raise ComponentFailedError(f"{self.name} has lost its anchor process; run `up` again.")
        network = NAMESPACES / node_namespace(self._settings, self._index)
        return ["nsenter", f"--mount=/proc/{pids[0]}/ns/mnt", f"--net={network}", "--"]

    def start(self, component: Component, programs: Path, cgroups: Cgroups) -> bool:
        """Start a component on this node unless it lives; tell whether that was necessary."""
        if is_alive(component, cgroups):
            return False
        start(component, cgroups, self.entered(programs, cgroups))
        return True

    def wait_for_socket(self, component: Component, cgroups: Cgroups) -> None:
        """Wait until containerd listens."""

        def listening() -> bool:
            if not is_alive(component, cgroups):
                raise failed(component)
            return _answers(self.endpoint)

        wait_until(listening, 30.0, lambda: failed(component))

    def _component(self, name: str, program: Path, arguments: list[str]) -> Component:
        log = self._settings.state / "logs" / f"{self.name}-{name}.log"
        return Component(f"{self.name}-{name}", self._index, program, tuple(arguments), log)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True


def _runc() -> Path:
    if found := shutil.which("runc"):
        return Path(found)
    raise MachineUnfitError("The program runc is not installed.")


def _cni_plugins() -> Path:
    for folder in (Path("/usr/lib/cni"), Path("/opt/cni/bin")):
        if (folder / "host-local").exists():
            return folder
    raise MachineUnfitError("The CNI plugins are not installed (containernetworking-plugins).")
