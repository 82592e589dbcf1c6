# SPDX-License-Identifier: Apache-2.0
"""Which cluster: a local one that is made, or the current context after a question."""

import sys
from typing import TextIO

import localcluster
from demo.access import Access
from demo.errors import RefusedError
from demo.settings import Settings
from localcluster import Steps, preflight
from localcluster.cli import parser, settings_of
from localcluster.errors import NotRunningError
from localcluster.shell import run


def cluster_settings(settings: Settings) -> localcluster.Settings:
    """What the local cluster has, or is to have; MachineUnfitError if this isn't root."""
    preflight.require_root(preflight.observe(localcluster.Settings(name=settings.name)))
    network = ["--network", settings.network] if settings.network else []
    return settings_of(parser().parse_args(["up", "--name", settings.name, *network]))


def bring_up(settings: Settings, steps: Steps) -> Access:
    """The cluster, made or healed if it is a local one; raises RefusedError."""
    if settings.cluster == "local":
        localcluster.up(cluster_settings(settings), steps)
    return reach(settings, steps)


def reach(settings: Settings, steps: Steps, answers: TextIO | None = None) -> Access:
    """The cluster as it is; raises RefusedError, or MachineUnfitError if this isn't root."""
    if settings.cluster == "current":
        return _current(settings, steps, answers or sys.stdin)
    chosen = cluster_settings(settings)
    _require_running(settings, chosen)
    config = f"--kubeconfig={chosen.kubeconfig}"
    return Access(
        kubectl_program=(str(chosen.bin / "kubectl"), config),
        helm_program=(str(chosen.bin / "helm"), config),
        local=settings.name,
    )


def _require_running(settings: Settings, chosen: localcluster.Settings) -> None:
    try:
        localcluster.running(chosen)
    except NotRunningError as error:
        name = "" if settings.name == Settings().name else f" NAME={settings.name}"
        raise RefusedError(f"The demo does not run: `make demo{name}` first.") from error


def _current(settings: Settings, steps: Steps, answers: TextIO) -> Access:
    context = run("kubectl", "config", "current-context").strip()
    steps.say(f"kubectl's current context is {context}.")
    if not settings.yes:
        _ask(context, answers)
    registry = "localhost" if context.startswith("kind-") else settings.registry
    if not registry:
        raise RefusedError(
            "Say where the cluster can pull images from: REGISTRY=registry.example.com/you."
        )
    return Access(
        kubectl_program=("kubectl", f"--context={context}"),
        helm_program=("helm", f"--kube-context={context}"),
        registry=registry,
    )


def _ask(context: str, answers: TextIO) -> None:
    if not answers.isatty():
        raise RefusedError("There is no terminal to ask; say YES=1 if this context is meant.")
    question = f"Install Secure Key Manager and the example there? Type {context} to go on: "
    print(question, end="", flush=True)
    if answers.readline().strip() != context:
        raise RefusedError("Nothing was touched.")
