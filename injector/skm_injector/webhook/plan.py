# SPDX-License-Identifier: Apache-2.0
"""The plan for one pod: everything that the patch derives from its annotations."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skm_common import names
from skm_injector.webhook.annotations import Wishes
from skm_injector.webhook.facts import NamespaceFacts
from skm_injector.webhook.pods import app_containers


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be injected.

    `keys` as the agent reads them, `<namespace>.<keystore>/<key>` with commas between;
    `containers` are the names of those that see the secrets; `created_labels` is JSON.
    """

    keys: str
    path: str
    containers: frozenset[str]
    on_denied: str
    created_labels: str


def make_plan(
    pod: Mapping[str, Any], wishes: Wishes, namespace: str, facts: NamespaceFacts
) -> Plan:
    """The plan for a pod whose wishes have been found to be possible."""
    chosen = wishes.containers or tuple(app["name"] for app in app_containers(pod))
    keys = (
        f"{names.keystore_name(namespace, facts.keys[request.key].keystore)}/{request.key}"
        for request in wishes.keys
    )
    return Plan(
        keys=",".join(keys),
        path=wishes.path,
        containers=frozenset(chosen),
        on_denied=wishes.on_denied,
        created_labels=created_labels(pod),
    )


def created_labels(pod: Mapping[str, Any]) -> str:
    """The labels of the pod now, at its creation, as the frozen annotation records them."""
    labels = pod["metadata"].get("labels") or {}
    return json.dumps(labels, sort_keys=True, separators=(",", ":"))
