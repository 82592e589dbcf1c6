# SPDX-License-Identifier: Apache-2.0
"""The commands of the tool, each a function of settings: what a script or a test calls."""

import contextlib
import datetime
import shutil
from collections.abc import Iterable
from pathlib import Path

from . import images, preflight, provision, record
from .addresses import Addresses
from .cluster import Cluster, bring_up
from .errors import NotRunningError
from .lock import exclusive
from .record import Record
from .settings import Settings
from .steps import Steps

GRACE_SECONDS = 10.0


def up(settings: Settings, steps: Steps) -> None:
    """Bring a cluster up, or heal it; raises a `LocalClusterError` that says what is wrong."""
    machine = preflight.observe(settings)
    preflight.require_root(machine)
    with _alone(settings):
        planned = provision.plan(settings)
        is_new = Record.read(settings.state) is None
        cluster = Cluster(settings, record.claim(settings).addresses)
        cluster.require_own_state()
        if is_new or not cluster.is_whole():
            steps.say(preflight.announcement(settings, planned, machine))
            preflight.require_room(settings, planned, machine)
        provision.provide(settings, planned, steps)
        bring_up(cluster, steps, _now, is_new=is_new)
    steps.say(f"Cluster {settings.name} is up after {steps.elapsed:.0f} s.")
    steps.say(f"export KUBECONFIG={settings.kubeconfig} PATH={settings.bin}:$PATH")


def programs(settings: Settings, steps: Steps) -> None:
    """Install and build what a cluster needs, and start nothing: `up` then takes seconds."""
    machine = preflight.observe(settings)
    preflight.require_root(machine)
    with _alone(settings):
        planned = provision.plan(settings)
        if planned.packages or planned.builds:
            steps.say(preflight.announcement(settings, planned, machine))
            preflight.require_room(settings, planned, machine)
        provision.provide(settings, planned, steps)
    steps.say(f"The programs stand in {settings.bin}.")


def down(settings: Settings, steps: Steps, *, keep_state: bool = False) -> None:
    """Take a cluster away: processes, mounts, cgroups, namespaces, interfaces and its data.

    With `keep_state` pods get ten seconds to end and etcd, images and volumes stay for the next
    `up`. A cluster that does not exist is no error.
    """
    preflight.require_root(preflight.observe(settings))
    with _alone(settings):
        known = Record.read(settings.state)
        addresses = known.addresses if known else Addresses.of(settings.address_pool, slot=0)
        cluster = Cluster(settings, addresses)
        if not (settings.state.exists() or cluster.leaves_traces()):
            steps.say(f"There is no cluster {settings.name}.")
            return
        with steps.step(f"Take cluster {settings.name} down"):
            if keep_state:
                cluster.end_gently(GRACE_SECONDS)
            cluster.sweep()
            if not keep_state and settings.state.exists():
                shutil.rmtree(settings.state)


def status(settings: Settings, steps: Steps) -> bool:
    """Print what runs and at which addresses; return whether all of it does."""
    known = Record.read(settings.state)
    if known is None:
        steps.say(f"There is no cluster {settings.name}.")
        return False
    preflight.require_root(preflight.observe(settings))
    addresses, cluster = known.addresses, Cluster(settings, known.addresses)
    steps.say(
        f"Cluster {settings.name}: Kubernetes {known.kubernetes}, {known.nodes} node(s), "
        f"{known.network} network"
    )
    steps.say(f"  nodes {addresses.lan}, pods {addresses.pods}, services {addresses.services}")
    steps.say(f"  kubeconfig {settings.kubeconfig}, programs {settings.bin}")
    dead, whole = {component.name for component in cluster.dead()}, cluster.is_whole()
    for component in cluster.components():
        steps.say(f"  {component.name:<26} {'dead' if component.name in dead else 'running'}")
    if dead or not whole:
        steps.say("  It is not whole: `up` heals it.")
    return whole and not dead


def load(settings: Settings, archives: Iterable[Path], steps: Steps) -> None:
    """Import image archives into every node; raises `NotRunningError` or what the import says."""
    archives = list(archives)
    cluster = running(settings)
    for node in cluster.nodes:
        with steps.step(f"Load {', '.join(path.name for path in archives)} into {node.name}"):
            images.load(node, settings.bin / "ctr", archives)


def running(settings: Settings) -> Cluster:
    """Return the cluster if it is whole; raises `NotRunningError` otherwise."""
    known = Record.read(settings.state)
    if known is not None:
        preflight.require_root(preflight.observe(settings))
        cluster = Cluster(settings, known.addresses)
        if cluster.is_whole():
            return cluster
    raise NotRunningError(
        f"Cluster {settings.name} does not run: `up --name {settings.name}` first."
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _alone(settings: Settings) -> contextlib.AbstractContextManager[None]:
    lock = settings.run.parent / f"{settings.name}.lock"
    return exclusive(lock, f"Another command works on cluster {settings.name}: wait for its end.")
