# SPDX-License-Identifier: Apache-2.0
"""What the chart installed: the part of the patch that no pod can choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

FIRST_WITH_FILE_VARIABLES = (1, 35)
"""Kubernetes serves `fileKeyRef` by default from this version on."""


class StartGate(StrEnum):
    """What keeps a container that sees secrets from starting before they are there (DESIGN §7)."""

    MARKER = "marker"
    """A required variable from the marker file: the container can't be created without it."""

    PROBE = "probe"
    """A startup probe on the agent, for clusters before 1.35: all later containers wait."""


def gate_for(major: int, minor: int) -> StartGate:
    """The gate that a Kubernetes version can have."""
    return StartGate.MARKER if (major, minor) >= FIRST_WITH_FILE_VARIABLES else StartGate.PROBE


@dataclass(frozen=True, slots=True)
class Installation:
    """Image, KMS and resources of each injected agent; an in-apiserver policy compares them.

    `data` and `identity` are `host:port`; `ca` is PEM; `resources` is a container's `resources`.
    """

    image: str
    pull_policy: str
    data: str
    identity: str
    server_name: str
    ca: str
    resources: Mapping[str, Any]
    gate: StartGate
