# SPDX-License-Identifier: Apache-2.0
"""The patch (RFC 6902): a function of pod, plan and installation, and of nothing else.

It first takes out whatever stands under our names and then puts in its own, so that applying it
to its own result changes nothing, and an author's look-alike has no effect.
"""

from collections.abc import Mapping
from typing import Any, Final

from skm_common import names
from skm_injector.webhook.agent_container import agent_container
from skm_injector.webhook.app_container import with_secrets
from skm_injector.webhook.installation import Installation, StartGate
from skm_injector.webhook.plan import Plan
from skm_injector.webhook.pods import Container, Pod, mesh_proxy, without_ours
from skm_injector.webhook.volumes import identity_volume, secrets_volume

Operation = dict[str, Any]

_CHANGED: Final = (
    ("metadata", "annotations"),
    ("spec", "volumes"),
    ("spec", "initContainers"),
    ("spec", "containers"),
)


def inject(pod: Pod, plan: Plan, installation: Installation) -> dict[str, Any]:
    """The pod as it shall run."""
    bare = without_ours(pod)
    spec = bare["spec"]
    agent = agent_container(plan, installation)
    spec["volumes"] = [*spec["volumes"], secrets_volume(), identity_volume()]
    spec["initContainers"] = _after_mesh(_seeing(spec["initContainers"], plan, installation), agent)
    spec["containers"] = _seeing(spec["containers"], plan, installation)
    annotations = {**pod["metadata"]["annotations"], names.CREATED_LABELS: plan.created_labels}
    return {**bare, "metadata": {**pod["metadata"], "annotations": annotations}}


def without_record(pod: Pod) -> dict[str, Any]:
    """A pod that isn't injected, without the record of labels that only the webhook writes."""
    annotations = dict(pod["metadata"].get("annotations") or {})
    annotations.pop(names.CREATED_LABELS, None)
    return {**pod, "metadata": {**pod["metadata"], "annotations": annotations}}


def difference(before: Pod, after: Pod) -> list[Operation]:
    """The operations that make `before` into `after`; `add` replaces what is there."""
    return [
        {"op": "add", "path": f"/{part}/{name}", "value": after[part][name]}
        for part, name in _CHANGED
        if (before[part].get(name) or None) != (after[part].get(name) or None)
    ]


def _seeing(
    listed: list[Container], plan: Plan, installation: Installation
) -> list[Mapping[str, Any]]:
    gate: StartGate = installation.gate
    return [
        with_secrets(container, plan.path, gate)
        if container["name"] in plan.containers
        else container
        for container in listed
    ]


def _after_mesh(
    listed: list[Mapping[str, Any]], agent: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """First among the init containers, but after a mesh's proxy: the agent's way to the KMS."""
    proxies = [place for place, container in enumerate(listed) if mesh_proxy(container)]
    place = proxies[-1] + 1 if proxies else 0
    return [*listed[:place], agent, *listed[place:]]
