# SPDX-License-Identifier: Apache-2.0
"""Metrics in Prometheus's text format (version 0.0.4), read from what is counted anyway."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one metric; `kind` is counter or gauge."""

    name: str
    kind: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def exposition(samples: Iterable[Sample]) -> bytes:
    """The samples as text; those of one metric stand together under its help."""
    metrics: dict[str, list[Sample]] = {}
    for sample in samples:
        metrics.setdefault(sample.name, []).append(sample)
    lines: list[str] = []
    for name, found in metrics.items():
        lines += [f"# HELP {name} {found[0].help}", f"# TYPE {name} {found[0].kind}"]
        lines += [f"{name}{_labels(sample.labels)} {sample.value:g}" for sample in found]
    return ("\n".join(lines) + "\n").encode()


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inner}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
