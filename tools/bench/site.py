# SPDX-License-Identifier: Apache-2.0
"""Where is measured: a cluster brought up for the bench and taken down, or a given one."""

from collections.abc import Iterator
from contextlib import contextmanager

import localcluster
from bench.cluster import Cluster
from demo import images, install, place
from demo.settings import Settings
from localcluster import LocalClusterError, Steps


@contextmanager
def given(kubeconfig: str) -> Iterator[Cluster]:
    """A cluster where the chart is installed; nothing is installed or removed there."""
    yield Cluster(kubeconfig)


@contextmanager
def own(name: str, steps: Steps) -> Iterator[Cluster]:
    """The local cluster of a name with the chart in it; one that ran before runs on afterwards."""
    settings = Settings(name=name)
    ran = _runs(settings)
    try:
        access = place.bring_up(settings, steps)
        with steps.step("Build the images and bring them to the nodes"):
            images.deliver(access)
        with steps.step("helm upgrade --install --wait"):
            install.install(access)
        yield Cluster(str(place.cluster_settings(settings).kubeconfig))
    finally:
        if not ran:
            localcluster.down(place.cluster_settings(settings), steps)


def _runs(settings: Settings) -> bool:
    try:
        localcluster.running(place.cluster_settings(settings))
    except LocalClusterError:
        return False
    return True
