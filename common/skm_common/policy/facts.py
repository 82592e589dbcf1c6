# SPDX-License-Identifier: Apache-2.0
"""The facts about a caller that a policy looks at; who gathers them answers for them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workload:
    """A pod as its cluster sees it.

    `created_labels` are the labels at creation, recorded by the webhook and frozen: a selector must
    match both sets, so that relabelling can only take access away.
    """

    namespace: str
    service_account: str
    labels: Mapping[str, str]
    created_labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CallerFacts:
    """A caller; `address` is the IPv4 address of the TCP peer, or None while it isn't known yet."""

    workload: Workload
    address: str | None
