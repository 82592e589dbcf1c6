# SPDX-License-Identifier: Apache-2.0
"""`make demo` and `make demo-down`: from nothing to rows in PostgreSQL, and back."""

import shlex
from typing import Final

import localcluster
from demo import images, install, orders, place
from demo.rogues import NAMESPACES, run_all
from demo.settings import CHECKOUT, Settings
from localcluster import Steps
from skm_common import names

KEPT: Final = (names.NAMESPACE, names.SYSTEM_KEY_NAMESPACE, names.NODE_NAMESPACE)


def up(settings: Settings, steps: Steps) -> None:
    """Everything from the cluster to the application's own words; raises DemoError.

    The Python is looked at first: building Kubernetes takes long, and would be for nothing.
    """
    images.require_python()
    access = place.bring_up(settings, steps)
    with steps.step("Build the images and bring them to the nodes"):
        images.deliver(access)
    was_there = install.is_installed(access)
    with steps.step("helm upgrade --install --wait"):
        install.install(access)
    if was_there:
        with steps.step("Restart what runs with the images of before"):
            install.restart(access)
    with steps.step("kubectl apply -f examples/orders-db"):
        orders.apply(access)
    with steps.step("Wait for the application's rows in PostgreSQL"):
        orders.wait_for_words(access)
    run_all(access, steps)
    steps.say(f"Done after {steps.elapsed:.0f} s. The application says:")
    steps.say(orders.wait_for_words(access))
    for line in next_steps(settings):
        steps.say(line)


def next_steps(settings: Settings) -> list[str]:
    """What to type to go on: kubectl and `skm` on the path, pointed at the demo's cluster."""
    folders, lines = [CHECKOUT / ".venv" / "bin"], [""]
    if settings.cluster == "local":
        cluster = place.cluster_settings(settings)
        folders.append(cluster.bin)
        lines.append(f"export KUBECONFIG={shlex.quote(str(cluster.kubeconfig))}")
    path = ":".join(shlex.quote(str(folder)) for folder in folders)
    return [*lines, f"export PATH={path}:$PATH", "Next: docs/quickstart.md"]


def down(settings: Settings, steps: Steps) -> None:
    """Take the local cluster away, or what was put into the current one."""
    if settings.cluster == "local":
        localcluster.down(place.cluster_settings(settings), steps)
        return
    access = place.reach(settings, steps)
    with steps.step("Remove the example and the rogues"):
        access.kubectl(
            "delete",
            "namespace",
            orders.NAMESPACE,
            *NAMESPACES,
            "--ignore-not-found",
            "--timeout=120s",
        )
    with steps.step("helm uninstall (root key, data and definitions are kept)"):
        install.uninstall(access)
    steps.say(f"To remove what is kept too: kubectl delete namespace {' '.join(KEPT)}")
