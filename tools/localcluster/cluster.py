# SPDX-License-Identifier: Apache-2.0
"""A cluster as a whole: brought up, healed, and taken away without a trace.

`up` is level-triggered. It looks at what is there: a whole skeleton (namespaces, interface, the
nodes' anchors) is kept and only dead components are started again; anything less is swept away,
which ends every pod as a reboot of the nodes would, and built anew. etcd's data, images and
volumes survive both.
"""

import datetime
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Final

from . import credentials, network, volumes
from .addresses import Addresses
from .cgroups import Cgroups
from .controlplane import components as control_plane
from .errors import BusyError, ComponentFailedError
from .freshness import is_ready, is_stale, serves
from .images import load_missing, own_image
from .kubectl import Kubectl
from .node import Node
from .processes import END_SECONDS, Component, end, end_all, failed, is_alive, wait_until
from .settings import Settings
from .steps import Steps

COREDNS: Final = Path(__file__).parent / "manifests/coredns.yaml"
READY_SECONDS: Final = 120.0


class Cluster:
    """The processes, namespaces and objects of one cluster; the caller holds its lock."""

    def __init__(self, settings: Settings, addresses: Addresses) -> None:
        self._settings = settings
        self._addresses = addresses
        self._programs = settings.bin
        self._owner = settings.run / "state"
        self._cgroups = Cgroups(settings.cgroup)
        self._kubectl = Kubectl(settings, settings.bin)
        self.nodes = [Node(settings, addresses, index) for index in range(settings.nodes)]

    def is_whole(self) -> bool:
        """Tell whether all that components run in exists: namespaces, interface, anchors."""
        anchors = [node.anchor(self._programs) for node in self.nodes]
        return network.is_whole(self._settings, self._addresses) and all(
            is_alive(anchor, self._cgroups) for anchor in anchors
        )

    def require_own_state(self) -> None:
        """Raise `BusyError` if a living cluster of this name keeps its state elsewhere."""
        if self._owner.exists() and self._cgroups.everyone():
            state = self._owner.read_text()
            if state != str(self._settings.state):
                raise BusyError(f"Cluster {self._settings.name} runs with its state in {state}.")

    def leaves_traces(self) -> bool:
        """Tell whether any interface, namespace, cgroup or, in one, process of it exists."""
        return bool(network.leftovers(self._settings)) or self._cgroups.exist()

    def components(self) -> list[Component]:
        """Return all components in the order in which they start."""
        found = control_plane(self._settings, self._addresses, self._programs)
        return found + [one for node in self.nodes for one in node.components(self._programs)]

    def dead(self) -> list[Component]:
        """Return the components that do not run."""
        return [one for one in self.components() if not is_alive(one, self._cgroups)]

    def sweep(self) -> None:
        """End every process and remove interfaces, namespaces, cgroups and run-time files."""
        end_all(self._cgroups)
        network.remove(self._settings)
        busy = ComponentFailedError("The kernel does not let go of the cluster's cgroups.")
        wait_until(self._cgroups.remove, END_SECONDS, lambda: busy)
        for node in self.nodes:
            node.forget_pods()
        shutil.rmtree(self._settings.run, ignore_errors=True)

    def end_gently(self, seconds: float) -> None:
        """Ask the pods' processes to end, the kubelets first so that they start nothing anew."""
        names = [f"{node.name}-kubelet" for node in self.nodes]
        end([pid for name in names for pid in self._cgroups.members(name)], signal.SIGKILL)
        end(self._cgroups.in_pods(), signal.SIGTERM)
        late = ComponentFailedError("Some pods did not end in time.")
        try:
            wait_until(lambda: not self._cgroups.in_pods(), seconds, lambda: late)
        except ComponentFailedError:
            return

    def build_skeleton(self, now: datetime.datetime) -> None:
        """Make certificates, cgroups, network and the nodes' mount namespaces."""
        pause = own_image(self._programs / "pause")
        self._owner.parent.mkdir(parents=True, exist_ok=True)
        self._owner.write_text(str(self._settings.state))
        self._cgroups.check()
        self._cgroups.create(self._settings.nodes)
        network.create(self._settings, self._addresses)
        credentials.create(self._settings, self._addresses, now)
        for node in self.nodes:
            node.configure(pause.name)
            node.start_anchor(self._programs, self._cgroups)

    def start_control_plane(self) -> None:
        """Start what is dead of the control plane and wait until the API server is ready."""
        parts = control_plane(self._settings, self._addresses, self._programs)
        for component in parts[:2]:
            self.nodes[0].start(component, self._programs, self._cgroups)
        self._wait(self._kubectl.is_ready, parts[:2], "The API server")
        for component in parts[2:]:
            self.nodes[0].start(component, self._programs, self._cgroups)

    def start_nodes(self, since: datetime.datetime) -> None:
        """Start what is dead of the nodes, give them their images, wait until all are ready.

        Only what nodes and pods have said after that time counts.
        """
        images = [own_image(self._programs / name) for name in ("pause", "coredns")]
        parts = [node.components(self._programs) for node in self.nodes]
        for node, (runtime, *rest) in zip(self.nodes, parts, strict=True):
            node.start(runtime, self._programs, self._cgroups)
            node.wait_for_socket(runtime, self._cgroups)
            load_missing(node, self._programs / "ctr", images)
            for component in rest:
                node.start(component, self._programs, self._cgroups)
        flat = [one for part in parts for one in part]
        self._wait(lambda: self._nodes_ready(since), flat, "A node")
        self._wait(lambda: not self._stale_pods(since), flat, "A pod of an earlier run")

    def apply_addons(self) -> int:
        """Apply cluster DNS and volumes; return how many volumes were recycled."""
        image = own_image(self._programs / "coredns").name
        text = Template(COREDNS.read_text())
        self._kubectl.apply(text.substitute(image=image, dns=self._addresses.dns))
        return volumes.offer(self._settings, self._kubectl)

    def wait_for_dns(self) -> None:
        """Wait until the cluster DNS answers."""
        self._wait(self._dns_ready, self.components(), "The cluster DNS")

    def _nodes_ready(self, since: datetime.datetime) -> bool:
        ready = [item for item in self._kubectl.get("nodes") if is_ready(item, since)]
        return len(ready) >= len(self.nodes)

    def _stale_pods(self, since: datetime.datetime) -> bool:
        pods = self._kubectl.get("pods", "--all-namespaces")
        return any(is_stale(pod, since) for pod in pods)

    def _dns_ready(self) -> bool:
        pods = self._kubectl.get("pods", "--namespace=kube-system", "--selector=k8s-app=kube-dns")
        return any(serves(pod) for pod in pods)

    def _wait(self, true: Callable[[], bool], parts: list[Component], what: str) -> None:
        def ready() -> bool:
            for component in parts:
                if not is_alive(component, self._cgroups):
                    raise failed(component)
            return true()

        logs = self._settings.state / "logs"
        late = ComponentFailedError(
            f"{what} is not ready after {READY_SECONDS:.0f} s (see {logs})."
        )
        wait_until(ready, READY_SECONDS, lambda: late)


def bring_up(
    cluster: Cluster, steps: Steps, clock: Callable[[], datetime.datetime], *, is_new: bool
) -> None:
    """Bring the cluster from whatever state it is in to a working one.

    Of a new one nothing is kept that is found under its name.
    """
    since = datetime.datetime.fromtimestamp(0, datetime.UTC)
    if is_new or not cluster.is_whole():
        with steps.step("Clear what an earlier run left"):
            cluster.sweep()
            since = clock()
        with steps.step("Make certificates, network and nodes"):
            cluster.build_skeleton(since)
    elif dead := cluster.dead():
        steps.say(f"  It runs already; starting again: {', '.join(one.name for one in dead)}.")
    else:
        steps.say("  It runs already; nothing had to be started.")
    with steps.step("Control plane"):
        cluster.start_control_plane()
    with steps.step("Nodes"):
        cluster.start_nodes(since)
    with steps.step("Volumes and cluster DNS"):
        recycled = cluster.apply_addons()
        cluster.wait_for_dns()
    if recycled:
        steps.say(f"  {recycled} released volume(s) were emptied and are free again.")
