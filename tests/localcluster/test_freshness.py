# SPDX-License-Identifier: Apache-2.0
import datetime
from typing import Any

import pytest

from localcluster.freshness import is_ready, is_stale, serves

SWEPT = datetime.datetime(2026, 1, 1, 12, 0, 0, tzinfo=datetime.UTC)


def node(status: str, heartbeat: str) -> dict[str, Any]:
    condition = {"type": "Ready", "status": status, "lastHeartbeatTime": heartbeat}
    return {"status": {"conditions": [{"type": "MemoryPressure", "status": "True"}, condition]}}


@pytest.mark.parametrize(
    ("status", "heartbeat", "ready"),
    [
        ("True", "2026-01-01T12:00:01Z", True),
        ("True", "2026-01-01T12:00:00Z", False),
        ("True", "2026-01-01T11:59:59Z", False),
        ("False", "2026-01-01T12:00:01Z", False),
        ("Unknown", "2026-01-01T12:00:01Z", False),
    ],
)
def test_a_node_is_ready_by_what_it_said_since(status: str, heartbeat: str, ready: bool) -> None:
    assert is_ready(node(status, heartbeat), SWEPT) is ready


def test_a_node_that_never_spoke_is_not_ready() -> None:
    assert not is_ready({"status": {}}, SWEPT)


@pytest.mark.parametrize("kind", ["initContainerStatuses", "containerStatuses"])
def test_a_pod_is_stale_while_it_claims_a_container_of_before(kind: str) -> None:
    old = {"state": {"running": {"startedAt": "2026-01-01T12:00:00Z"}}}
    new = {"state": {"running": {"startedAt": "2026-01-01T12:00:01Z"}}}
    ended: dict[str, Any] = {"state": {"terminated": {"exitCode": 137}}}
    assert is_stale({"status": {kind: [new, old]}}, SWEPT)
    assert not is_stale({"status": {kind: [new, ended]}}, SWEPT)
    assert not is_stale({"status": {}}, SWEPT)


def test_a_pod_serves_when_ready_and_not_leaving() -> None:
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    assert serves({"metadata": {}, "status": status})
    assert not serves({"metadata": {"deletionTimestamp": "x"}, "status": status})
    assert not serves({"metadata": {}, "status": {}})
