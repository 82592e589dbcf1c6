# SPDX-License-Identifier: Apache-2.0
"""What this process shows in its metrics."""

import os
from collections.abc import Iterator, Mapping
from typing import Final

from skm_kms.service.core import Core
from skm_kms.service.readiness import PARTS, Readiness

from .metrics import Sample
from .parts import Parts
from .plane import Plane

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Observation:
    """Reads the counters of a KMS; the core is there once it is unlocked."""

    def __init__(self, readiness: Readiness, planes: Mapping[str, Plane]) -> None:
        self._core: Core | None = None
        self._parts: Parts | None = None
        self._readiness = readiness
        self._planes = planes

    def begin(self, core: Core, parts: Parts) -> None:
        """The KMS is unlocked."""
        self._core = core
        self._parts = parts

    def samples(self) -> list[Sample]:
        """Everything, as it is now."""
        return [*self._process(), *self._traffic(), *self._state(), *self._callers()]

    def _process(self) -> Iterator[Sample]:
        memory = int(_statm().split()[1]) * _PAGE
        yield Sample("skm_resident_bytes", "gauge", "Resident memory.", memory)
        yield Sample("skm_ready", "gauge", "Whether callers should come.", self._readiness.ready)
        missing = self._readiness.missing
        what = "Whether a part that the KMS needs is there."
        for part in PARTS:
            yield Sample("skm_dependency_up", "gauge", what, part not in missing, {"part": part})
        yield Sample(
            "skm_root_key_protected",
            "gauge",
            "Whether the root key stays out of Kubernetes Secrets.",
            self._parts is not None and self._parts.provider.protected,
        )

    def _traffic(self) -> Iterator[Sample]:
        for name, plane in self._planes.items():
            plane_of = {"plane": name}
            total, open_now = plane.state.total_requests, len(plane.state.connections)
            yield Sample("skm_requests_total", "counter", "Requests answered.", total, plane_of)
            yield Sample("skm_connections", "gauge", "Connections open.", open_now, plane_of)

    def _state(self) -> Iterator[Sample]:
        if self._core is None:
            return
        state = self._core.state
        yield Sample("skm_state_sequence", "gauge", "Newest change.", state.sequence)
        count = len(state.tables.keystores())
        yield Sample("skm_keystores", "gauge", "Keystores.", count)
        keys = sum(1 for _ in state.tables.all_keys())
        yield Sample("skm_keys", "gauge", "Keys.", keys)
        sessions = len(state.tables.sessions)
        yield Sample("skm_sessions", "gauge", "Sessions of pods.", sessions)
        yield Sample("skm_waiting_reads", "gauge", "Reads that wait.", len(state.news))

    def _callers(self) -> Iterator[Sample]:
        if self._parts is None or self._core is None:
            return
        age = self._parts.facts.age(self._core.clock.monotonic())
        yield Sample("skm_facts_age_seconds", "gauge", "Age of what is known of the cluster.", age)
        what = "Refusals by the reason of the check that failed."
        for reason, count in sorted(self._parts.identity.refusals.items()):
            yield Sample("skm_refusals_total", "counter", what, count, {"reason": reason})


def _statm() -> str:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - procfs, not a path
        return file.read()
