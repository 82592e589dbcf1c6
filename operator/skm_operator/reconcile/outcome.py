# SPDX-License-Identifier: Apache-2.0
"""What one look at one object comes to: its new status, and an event if something changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from skm_operator.conditions import READY, SYNCED, TRUE, Condition, find, renewed


@dataclass(frozen=True, slots=True)
class Event:
    """A Kubernetes Event: `Normal` or `Warning`, a condition's reason, a sentence."""

    type: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status to write (the same one if nothing changed) and the event to post, if any."""

    status: Mapping[str, Any]
    event: Event | None
    settled: bool


def outcome(
    resource: Mapping[str, Any],
    conditions: Iterable[Condition],
    now: str,
    *,
    settled: bool,
    **fields: Any,
) -> Outcome:
    """The outcome for a live resource; `fields` replace those of its status, None removes one.

    `settled` is whether nothing is left to do before the resource or the KMS changes.
    """
    before = resource.get("status") or {}
    generation = resource["metadata"]["generation"]
    previous = before.get("conditions") or []
    after = {
        **before,
        **fields,
        "observedGeneration": generation,
        "conditions": renewed(previous, conditions, generation, now),
    }
    status = {name: value for name, value in after.items() if value is not None}
    return Outcome(status, _transition(previous, status["conditions"]), settled)


def _transition(
    previous: Iterable[Mapping[str, Any]], current: Iterable[Mapping[str, Any]]
) -> Event | None:
    """An event if Ready, or else Synced, has another status or reason than before."""
    for name in (READY, SYNCED):
        before, after = find(previous, name), find(current, name)
        if after is not None and _news(before) != _news(after):
            kind = "Normal" if after["status"] == TRUE else "Warning"
            return Event(kind, after["reason"], after["message"])
    return None


def _news(condition: Mapping[str, Any] | None) -> tuple[Any, Any] | None:
    return None if condition is None else (condition["status"], condition["reason"])
