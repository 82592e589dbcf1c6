# SPDX-License-Identifier: Apache-2.0
"""What a container that sees secrets gets: the read-only mount, and the marker it waits for."""

from collections.abc import Mapping
from typing import Any

from skm_common import names
from skm_injector.webhook.installation import StartGate


def with_secrets(container: Mapping[str, Any], path: str, gate: StartGate) -> dict[str, Any]:
    """The container with the secrets mounted at `path`; its command stays as it is."""
    mount = {"name": names.SECRETS_VOLUME, "readOnly": True, "mountPath": path}
    seeing = {**container, "volumeMounts": [*(container.get("volumeMounts") or ()), mount]}
    if gate is StartGate.MARKER:
        seeing["env"] = [*(container.get("env") or ()), _marker()]
    return seeing


def _marker() -> dict[str, Any]:
    """A required variable from a file that the agent writes last.

    Without it the container can't even be created: there is no moment without secrets.
    """
    reference = {
        "volumeName": names.SECRETS_VOLUME,
        "path": names.MARKER_FILE,
        "key": names.MARKER_VARIABLE,
        "optional": False,
    }
    return {"name": names.MARKER_VARIABLE, "valueFrom": {"fileKeyRef": reference}}
