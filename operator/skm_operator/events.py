# SPDX-License-Identifier: Apache-2.0
"""Kubernetes Events (events.k8s.io/v1) about our resources."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from skm_common import names
from skm_operator.reconcile import Event

_LONGEST_NOTE: Final = 1024


def event_document(
    resource: Mapping[str, Any], event: Event, now: datetime, identity: str
) -> dict[str, Any]:
    """The object to create; `identity` is the reporting pod."""
    metadata = resource["metadata"]
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"generateName": f"{metadata['name']}-", "namespace": metadata["namespace"]},
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reportingController": names.OPERATOR,
        "reportingInstance": identity,
        "action": "Reconcile",
        "type": event.type,
        "reason": event.reason,
        "note": event.message[:_LONGEST_NOTE],
        "regarding": {
            "apiVersion": names.API_VERSION,
            "kind": resource["kind"],
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        },
    }
