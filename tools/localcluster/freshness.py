# SPDX-License-Identifier: Apache-2.0
"""Whether the API server's word about nodes and pods is of this run, or of one that was killed.

After a heal etcd still says that dead containers run and dead nodes are ready. Times of the API
have whole seconds; between a sweep and the first new container lie several.
"""

import datetime
from collections.abc import Iterator
from typing import Any


def is_ready(item: dict[str, Any], since: datetime.datetime) -> bool:
    """Tell whether a node says that it is ready, and has said so after that time."""
    conditions = [one for one in item["status"].get("conditions", []) if one["type"] == "Ready"]
    return any(
        one["status"] == "True" and _time(one["lastHeartbeatTime"]) > since for one in conditions
    )


def is_stale(pod: dict[str, Any], since: datetime.datetime) -> bool:
    """Tell whether the pod's status names a running container from before that time."""
    return any(_time(started) <= since for started in _starts(pod))


def serves(pod: dict[str, Any]) -> bool:
    """Tell whether the pod is ready and is to stay."""
    conditions = pod["status"].get("conditions", [])
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _starts(pod: dict[str, Any]) -> Iterator[str]:
    for kind in ("initContainerStatuses", "containerStatuses"):
        for container in pod["status"].get(kind, []):
            if running := container["state"].get("running"):
                yield running["startedAt"]


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
