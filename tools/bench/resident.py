# SPDX-License-Identifier: Apache-2.0
"""Resident memory of each of our processes, in the pods of a cluster whose nodes run here."""

import time
from dataclasses import dataclass
from typing import Any, Final

from bench.figures import Bound, Figure
from bench.memory import Usage, pids_of, usage_of
from bench.place import Place
from skm_common import names

SETTLE: Final = 15.0
"""Seconds that an agent is left alone before it is looked at: its child for the key has ended."""

_POD: Final = "resident"


@dataclass(frozen=True, slots=True)
class Process:
    """One kind of process: where its containers are found, and its bound in MiB.

    `namespace` is None for the agent, which runs in the injected pod.
    """

    name: str
    namespace: str | None
    container: str
    bound: float | None


PROCESSES: Final = (
    Process("agent", None, names.AGENT_CONTAINER, 26),
    Process("webhook", names.NAMESPACE, "webhook", 60),
    Process("node agent", names.NODE_NAMESPACE, "node-agent", 45),
    Process("operator, idle", names.NAMESPACE, "operator", 120),
    Process("KMS", names.NAMESPACE, "kms", 120),
    Process("system-key server", names.SYSTEM_KEY_NAMESPACE, "system-key", None),
)


def measure(place: Place) -> list[Figure]:
    """A figure for each process that runs on this machine; of several replicas the largest."""
    place.seconds_to_ready(_POD, injected=True)
    time.sleep(SETTLE)
    found = [(process, _largest(place, process)) for process in PROCESSES]
    place.remove(_POD)
    return [figure(process, usage) for process, usage in found if usage is not None]


def figure(process: Process, usage: Usage) -> Figure:
    """One process's memory beside its bound."""
    bound = None if process.bound is None else Bound("at most", process.bound)
    how = f"PSS {usage.proportional:.1f} MiB, anonymous {usage.private:.1f} MiB"
    return Figure(f"{process.name}, resident", round(usage.resident, 2), "MiB", bound, how)


def containers(pods: list[dict[str, Any]], name: str) -> list[str]:
    """The runtime's IDs of all running containers of a name, in `kubectl get pods` form."""
    return [
        status["containerID"].partition("://")[2]
        for one in pods
        for kind in ("initContainerStatuses", "containerStatuses")
        for status in one["status"].get(kind) or ()
        if status["name"] == name and status.get("state", {}).get("running")
    ]


def _largest(place: Place, process: Process) -> Usage | None:
    pods = place.cluster.pods(process.namespace or place.namespace)
    ids = containers(pods, process.container)
    usages = [usage for one in ids if (usage := usage_of(pids_of(one)))]
    return max(usages, key=lambda usage: usage.resident, default=None)
