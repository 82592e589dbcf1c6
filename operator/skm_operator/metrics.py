# SPDX-License-Identifier: Apache-2.0
"""What the operator counts, in the text format of Prometheus (version 0.0.4)."""

from collections import Counter
from typing import Final

_HELP: Final = {
    "skm_operator_leading": ("gauge", "1 while this process holds the lease."),
    "skm_operator_kms_reachable": ("gauge", "1 if the last comparison reached the KMS."),
    "skm_operator_objects": ("gauge", "Live resources at the last comparison, by kind."),
    "skm_operator_unsettled": ("gauge", "Objects that the last comparison could not settle."),
    "skm_operator_reconciled_total": ("counter", "Looks at single objects, by kind and result."),
    "skm_operator_webhook_ca_expiry_seconds": (
        "gauge",
        "Unix time at which the webhook's CA ends.",
    ),
}


class Metrics:
    """Counters and gauges of one process."""

    def __init__(self) -> None:
        self._gauges: dict[tuple[str, str], float] = {("skm_operator_leading", ""): 0}
        self._reconciled: Counter[str] = Counter()

    def set(self, name: str, value: float, labels: str = "") -> None:
        """Sets a gauge; `labels` as in `kind="Key"`."""
        self._gauges[name, labels] = value

    def reconciled(self, kind: str, *, settled: bool) -> None:
        """Counts one look at one object."""
        self._reconciled[f'kind="{kind}",result="{"settled" if settled else "retry"}"'] += 1

    def text(self) -> str:
        """The exposition."""
        samples = {("skm_operator_reconciled_total", key): n for key, n in self._reconciled.items()}
        lines: list[str] = []
        for name, (kind, help_text) in _HELP.items():
            found = {k: v for k, v in {**self._gauges, **samples}.items() if k[0] == name}
            if found:
                lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
                lines += [_sample(name, labels, value) for (_, labels), value in found.items()]
        return "\n".join(lines) + "\n"


def _sample(name: str, labels: str, value: float) -> str:
    return f"{name}{{{labels}}} {value:.15g}" if labels else f"{name} {value:.15g}"
