# SPDX-License-Identifier: Apache-2.0
"""What the node stands for from one look to the next: pure.

A witness that contradicts ends an attestation at once. One that merely says nothing for a moment,
as the kernel's tables do when an entry ages out, ends it after a grace.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .judgement import UNKNOWN, Attestation, Disagreement, Verdict


@dataclass(frozen=True, slots=True)
class Kept:
    """An attestation and when all witnesses last agreed on it, in monotonic seconds."""

    attestation: Attestation
    agreed: float


def settle(
    before: Mapping[str, Kept], verdicts: Iterable[Verdict], now: float, grace: float
) -> dict[str, Kept]:
    """Return what is attested after a look at `now`; pods that no verdict names are gone."""
    after: dict[str, Kept] = {}
    for verdict in verdicts:
        if isinstance(verdict, Attestation):
            after[verdict.pod_uid] = Kept(verdict, now)
        elif (kept := before.get(verdict.pod_uid)) and _stays(kept, verdict, now, grace):
            after[verdict.pod_uid] = kept
    return after


def _stays(kept: Kept, verdict: Disagreement, now: float, grace: float) -> bool:
    same = kept.attestation.interface == verdict.interface
    return same and verdict.reason in UNKNOWN and now - kept.agreed <= grace
