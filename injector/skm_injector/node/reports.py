# SPDX-License-Identifier: Apache-2.0
"""The bodies of reports to one replica of the KMS (POST /v1/evidence): pure.

A process has one random boot number. Each replica gets its own sequence, which never goes back
while the process lives, also over new connections; after any failure the whole comes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .judgement import Attestation


@dataclass(frozen=True, slots=True)
class Origin:
    """Who reports: the node's name and the random boot number (32 hex digits) of this process."""

    node: str
    boot: str


def report(
    origin: Origin,
    sequence: int,
    known: Mapping[str, Attestation] | None,
    now: Mapping[str, Attestation],
) -> dict[str, Any]:
    """Return the whole where the replica knows nothing (`known` is None), else what has changed."""
    told = known or {}
    changed = [pod for uid, pod in sorted(now.items()) if told.get(uid) != pod]
    return {
        "node": origin.node,
        "boot": origin.boot,
        "sequence": sequence,
        "snapshot": known is None,
        "pods": [_pod(pod) for pod in changed],
        "removed": sorted(set(told) - set(now)),
    }


def _pod(pod: Attestation) -> dict[str, Any]:
    return {
        "uid": pod.pod_uid,
        "ipv4": pod.ipv4,
        "mac": pod.mac,
        "interface": pod.interface,
        "witnesses": ["cni", "neighbour", pod.witness],
    }
