# SPDX-License-Identifier: Apache-2.0
"""One admission review: from the pod's creation to a patch, nothing, or a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skm_injector.webhook.annotations import parse
from skm_injector.webhook.facts import NamespaceFacts
from skm_injector.webhook.installation import Installation
from skm_injector.webhook.patch import Operation, difference, inject, without_record
from skm_injector.webhook.plan import make_plan
from skm_injector.webhook.pods import Pod
from skm_injector.webhook.rights import check_rights
from skm_injector.webhook.shape import check_shape, check_uninjected


@dataclass(frozen=True, slots=True)
class Creation:
    """A pod about to be created in a namespace."""

    namespace: str
    pod: Pod


def review(
    creation: Creation, facts: NamespaceFacts, installation: Installation
) -> list[Operation]:
    """The patch; raises RefusalError, or UnknownError where newer facts could say otherwise."""
    pod = creation.pod
    metadata: Mapping[str, Any] = pod["metadata"]
    wishes = parse(metadata.get("annotations") or {}, metadata.get("labels") or {})
    if wishes is None:
        check_uninjected(pod)
        return difference(pod, without_record(pod))
    check_shape(pod, wishes)
    check_rights(pod, wishes, creation.namespace, facts)
    plan = make_plan(pod, wishes, creation.namespace, facts)
    return difference(pod, inject(pod, plan, installation))
