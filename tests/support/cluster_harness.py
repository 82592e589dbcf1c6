# SPDX-License-Identifier: Apache-2.0
"""A real cluster with the chart installed, for the suites under tests/cluster and tests/attack.

`SKM_TEST_KUBECONFIG` names a cluster that is there already, with kubectl and helm on the PATH and
the images loaded. Without it the local cluster `test` is made, and taken away at the end unless
`SKM_TEST_KEEP=1`.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from demo import images, install, place
from demo.access import Access
from demo.settings import Settings
from localcluster import Steps, down

LOCAL = Settings(name="test")
HELD = "print(open('/run/secrets/skm/{}').read(), end='')"
T = TypeVar("T")


def until(what: str, look: Callable[[], T | None], seconds: float = 60.0) -> T:
    """Poll a real thing until it is neither None nor false; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"after {seconds:.0f} s still no {what}"
        time.sleep(0.2)
    return found


def seconds_until(what: str, look: Callable[[], Any], seconds: float = 60.0) -> float:
    """How long it took to come true."""
    began = time.monotonic()
    until(what, look, seconds)
    return time.monotonic() - began


_up: list[Access] = []
"""The cluster, once it is up: the suites of one run share it."""


@contextmanager
def cluster_with_chart() -> Iterator[Access]:
    """The cluster of this test run; the suite that asked first also takes it away."""
    if _up:
        yield _up[0]
        return
    with _made() as access:
        _up.append(access)
        yield access
        _up.clear()


@contextmanager
def _made() -> Iterator[Access]:
    steps = Steps(sys.stderr)
    if config := os.environ.get("SKM_TEST_KUBECONFIG"):
        access = Access(
            ("kubectl", f"--kubeconfig={config}"),
            ("helm", f"--kubeconfig={config}"),
            local=os.environ.get("SKM_TEST_LOCALCLUSTER"),
        )
        install.install(access)
        yield access
        return
    access = place.bring_up(LOCAL, steps)
    images.deliver(access)
    was_there = install.is_installed(access)
    install.install(access)
    if was_there:
        install.restart(access)
    try:
        yield access
    finally:
        if os.environ.get("SKM_TEST_KEEP") != "1":
            down(place.cluster_settings(LOCAL), steps)


class Cluster:
    """The cluster in a test's words."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What a kubectl that succeeds prints."""
        return self.access.kubectl(*arguments, stdin=stdin)

    def refused(self, *arguments: str, stdin: str | None = None) -> str:
        """The sentence of a kubectl that fails."""
        done = self.access.attempt(*arguments, stdin=stdin)
        assert done.returncode != 0, f"kubectl {' '.join(arguments)} was let through"
        return done.stderr

    def get(self, *arguments: str) -> Any:
        """An object, or None."""
        return self.access.get(*arguments)

    def create(self, manifest: Any) -> None:
        """Create an object."""
        self.kubectl("create", "-f", "-", stdin=json.dumps(manifest))

    def held(self, namespace: str, pod: str, container: str, file: str) -> str | None:
        """What stands in a file of a container below the secrets' path; None if it isn't there."""
        done = self.access.attempt(
            "-n", namespace, "exec", pod, "-c", container, "--", "python3", "-c", HELD.format(file)
        )
        return done.stdout if done.returncode == 0 else None

    def scale(self, namespace: str, what: str, replicas: int) -> None:
        """Scale, and wait until it is so."""
        self.kubectl("-n", namespace, "scale", what, f"--replicas={replicas}")
        self.kubectl("-n", namespace, "rollout", "status", what, "--timeout=120s")
        if replicas == 0:
            selector = self.get("-n", namespace, what)["spec"]["selector"]["matchLabels"]
            labels = ",".join(f"{name}={value}" for name, value in selector.items())
            self.kubectl(
                "-n", namespace, "wait", "pods", "-l", labels, "--for=delete", "--timeout=60s"
            )

    def condition(self, namespace: str, what: str, kind: str) -> dict[str, str] | None:
        """A condition of an object."""
        found = self.get("-n", namespace, what) or {}
        conditions = found.get("status", {}).get("conditions", [])
        return next((it for it in conditions if it["type"] == kind), None)

    def pod_is_ready(self, namespace: str, pod: str) -> bool:
        """Whether a pod is Ready now."""
        ready = self.condition(namespace, f"pod/{pod}", "Ready")
        return ready is not None and ready["status"] == "True"


def example(name: str) -> Path:
    """A folder of examples/."""
    return Path(__file__).parents[2] / "examples" / name
