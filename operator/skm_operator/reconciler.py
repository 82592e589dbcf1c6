# SPDX-License-Identifier: Apache-2.0
"""The thin edge of reconciliation: reads the live resource, asks the KMS, writes status and event.

Everything that is decided is decided in `reconcile`; nothing here remembers anything between calls.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skm_common.resources import Desired, KeySpec, ResourceError, translate
from skm_operator.clock import Clock, timestamp
from skm_operator.errors import KmsError, KubernetesError
from skm_operator.events import event_document
from skm_operator.k8s import Kubernetes
from skm_operator.kms_client import KmsClient
from skm_operator.metrics import Metrics
from skm_operator.reconcile import (
    Event,
    Outcome,
    RotateAtError,
    RotationState,
    View,
    due,
    failed,
    held,
    keystore_of,
    rotated,
    unreadable,
)

logger = logging.getLogger(__name__)

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Brings single objects into the KMS and says in their status how that went."""

    kubernetes: Kubernetes
    kms: KmsClient
    clock: Clock
    metrics: Metrics
    identity: str
    slots: asyncio.Semaphore
    """Objects at a time: thousands at once would keep the loop from renewing the lease."""

    async def reconcile(self, kind: str, namespace: str, name: str) -> bool:
        """One object, from the live resource; returns whether nothing is left to do."""
        async with self.slots:
            resource = await self.kubernetes.resource(kind, namespace, name)
            if resource is None or "deletionTimestamp" in resource["metadata"]:
                return True
            return await self._settle(resource, None)

    async def settle(self, resource: Resource, view: View | None) -> bool:
        """One live resource beside the KMS's view of it, None for not known."""
        async with self.slots:
            return await self._settle(resource, view)

    async def _settle(self, resource: Resource, view: View | None) -> bool:
        outcome = await self._outcome(resource, view)
        self.metrics.reconciled(resource["kind"], settled=outcome.settled)
        return await self._write(resource, outcome) and outcome.settled

    async def tell(self, resource: Resource, error: KmsError) -> None:
        """Says in one resource's status why the KMS doesn't serve it, if it can be read at all."""
        try:
            translate(resource)
        except ResourceError:
            return
        await self._write(resource, failed(resource, error, self._now()))

    async def finish(self, resource: Resource) -> None:
        """Has the KMS apply a terminating resource's deletion policy; raises KmsError."""
        metadata, kind = resource["metadata"], resource["kind"]
        spec = resource.get("spec") or {}
        keystore = keystore_of(kind, metadata["namespace"], metadata["name"], spec)
        await self.kms.delete(kind, keystore, metadata["name"], metadata["uid"])

    async def forget(self, view: View) -> None:
        """Has the KMS look again at an object whose resource is gone; raises KmsError."""
        if view.uid is not None:
            await self.kms.delete(view.kind, view.keystore, view.name, view.uid)

    async def _outcome(self, resource: Resource, view: View | None) -> Outcome:
        try:
            desired = translate(resource)
        except ResourceError as error:
            return unreadable(resource, error, self._now())
        try:
            if view is None or not view.agrees(desired):
                view = await self.kms.put(desired)
            return await self._with_rotation(resource, desired, view)
        except KmsError as error:
            return failed(resource, error, self._now())

    async def _with_rotation(self, resource: Resource, desired: Desired, view: View) -> Outcome:
        """The outcome of an object that the KMS holds, after a rotation if one is due."""
        if not isinstance(desired.spec, KeySpec):
            return held(resource, desired, view, self._now())
        try:
            rotate_at = due(resource, desired.spec, self.clock.now())
        except RotateAtError as error:
            state = RotationState(objection=str(error))
            return held(resource, desired, view, self._now(), rotation=state)
        if rotate_at is None:
            return held(resource, desired, view, self._now())
        after = await self.kms.rotate(desired, rotate_at)
        state = rotated(rotate_at, view, after)
        return held(resource, desired, after, self._now(), rotation=state)

    async def _write(self, resource: Resource, outcome: Outcome) -> bool:
        """Writes what changed; False if somebody else was faster, so that no news is told twice."""
        changed = outcome.status != resource.get("status")
        if changed and not await self.kubernetes.write_status(resource, outcome.status):
            return False
        if outcome.event is not None:
            await self._post(resource, outcome.event)
        return True

    async def _post(self, resource: Resource, event: Event) -> None:
        document = event_document(resource, event, self.clock.now(), self.identity)
        try:
            await self.kubernetes.post_event(document)
        except KubernetesError as error:
            # Events are news, not state: a namespace that is ending takes none.
            logger.info("event %s was not posted: %s", event.reason, error)

    def _now(self) -> str:
        return timestamp(self.clock.now())
