# SPDX-License-Identifier: Apache-2.0
"""The node agent's numbers, in Prometheus' text form."""

from collections import Counter
from collections.abc import Iterator, Mapping

from .judgement import Reason


class Metrics:
    """Counters and gauges; written in the event loop and in the thread that looks."""

    def __init__(self) -> None:
        self._attested = 0
        self._reasons: Mapping[str, int] = {}
        self._unreadable = 0
        self._looks: Counter[str] = Counter(ok=0, failed=0)
        self._reports: Counter[str] = Counter(accepted=0, snapshot_required=0, failed=0)
        self._replicas: dict[str, bool] = {}

    @property
    def ready(self) -> bool:
        """Whether the witnesses have been read; a KMS that is away is no reason to be unready."""
        return self._looks["ok"] > 0

    def looked(self, unreadable: int) -> None:
        """Count a look; `unreadable` files of the result cache couldn't be understood."""
        self._looks["ok"] += 1
        self._unreadable = unreadable

    def failed_look(self) -> None:
        """Count a look in which the witnesses couldn't be read."""
        self._looks["failed"] += 1

    def judged(self, attested: int, reasons: Mapping[str, int]) -> None:
        """Set how many pods are attested, and how many aren't by reason."""
        self._attested = attested
        self._reasons = reasons

    def reported(self, outcome: str) -> None:
        """Count a report: accepted, snapshot_required or failed."""
        self._reports[outcome] += 1

    def replicas(self, connected: Mapping[str, bool]) -> None:
        """Set which replicas are known, and which took the last report."""
        self._replicas = dict(connected)

    def text(self) -> str:
        """Return everything as a scrape reads it."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield from _family("skm_node_attested_pods", "gauge", "Pods that all witnesses agree on.")
        yield f"skm_node_attested_pods {self._attested}"
        name = "skm_node_unattested_pods"
        yield from _family(name, "gauge", "Live pods that are not attested now, by reason.")
        for reason in Reason:
            yield f'{name}{{reason="{reason.value}"}} {self._reasons.get(reason.value, 0)}'
        name = "skm_node_unreadable_records"
        yield from _family(name, "gauge", "Files of the CNI's result cache not understood.")
        yield f"{name} {self._unreadable}"
        name = "skm_node_replicas"
        yield from _family(name, "gauge", "Replicas of the KMS, by whether they take reports.")
        connected = sum(self._replicas.values())
        yield f'{name}{{connected="true"}} {connected}'
        yield f'{name}{{connected="false"}} {len(self._replicas) - connected}'
        yield from _counter("skm_node_looks_total", "Looks at the witnesses.", self._looks)
        yield from _counter("skm_node_reports_total", "Reports to replicas.", self._reports)


def _family(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"


def _counter(name: str, text: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield from _family(name, "counter", text)
    for outcome, count in sorted(counts.items()):
        yield f'{name}{{outcome="{outcome}"}} {count}'
