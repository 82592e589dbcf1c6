# SPDX-License-Identifier: Apache-2.0
"""The one background task that keeps cluster and KMS alike, in both directions.

It lists the KMS's objects and the live resources, compares them, and has each difference put right.
What kopf's watches miss (a change in the KMS, an event lost, a rotation whose time came, a KMS that
is back) is found here, so nothing needs a timer of its own.
"""

import asyncio
import logging
from collections import Counter
from typing import Any, Final

from skm_operator.clock import Clock
from skm_operator.errors import KmsAwayError, KmsError, KubernetesError
from skm_operator.k8s import Kubernetes
from skm_operator.kms_client import KmsClient
from skm_operator.metrics import Metrics
from skm_operator.reconcile import Pair, View, compare
from skm_operator.reconciler import Reconciler

logger = logging.getLogger(__name__)

_PATIENCE: Final = 2
"""Comparisons in a row that must fail before every object says that the KMS is away."""


class DriftTask:
    """Compares every `interval` seconds; `heartbeat` is the monotonic time of the last attempt."""

    def __init__(
        self,
        kubernetes: Kubernetes,
        kms: KmsClient,
        reconciler: Reconciler,
        *,
        clock: Clock,
        metrics: Metrics,
        interval: float,
    ) -> None:
        self._kubernetes = kubernetes
        self._kms = kms
        self._reconciler = reconciler
        self._clock = clock
        self._metrics = metrics
        self._interval = interval
        self._failures = 0
        self.heartbeat = clock.monotonic()

    async def run(self) -> None:
        """Never returns; what fails is tried again the next time."""
        while True:
            try:
                await self.compare()
            except KubernetesError as error:
                logger.warning("comparison put off: %s", error)
            self.heartbeat = self._clock.monotonic()
            await self._clock.sleep(self._interval)

    async def compare(self) -> None:
        """One comparison of everything; raises KubernetesError."""
        try:
            # First the KMS, then the cluster: see `compare`.
            views = await self._kms.views()
        except KmsError as error:
            await self._away(error)
            return
        self._failures = 0
        self._metrics.set("skm_operator_kms_reachable", 1)
        drift = compare(await self._kubernetes.resources(), views)
        await asyncio.gather(*(self._forget(view) for view in drift.vanished))
        await self._settle(drift.pairs)

    async def _settle(self, pairs: tuple[Pair, ...]) -> None:
        """Keystores before what they hold, each kind at once."""
        kinds = Counter(pair.resource["kind"] for pair in pairs)
        settled: list[bool] = []
        for kind in ("Keystore", "Key", "AccessPolicy"):
            self._metrics.set("skm_operator_objects", kinds[kind], f'kind="{kind}"')
            mine = [pair for pair in pairs if pair.resource["kind"] == kind]
            settled += await asyncio.gather(*(self._one(pair) for pair in mine))
        self._metrics.set("skm_operator_unsettled", settled.count(False))

    async def _one(self, pair: Pair) -> bool:
        try:
            return await self._reconciler.settle(pair.resource, pair.view)
        except KubernetesError as error:
            logger.warning("%s put off: %s", _name(pair.resource), error)
            return False

    async def _forget(self, view: View) -> None:
        try:
            await self._reconciler.forget(view)
        except KmsError as error:
            logger.warning("%s %s.%s put off: %s", view.kind, view.keystore, view.name, error)

    async def _away(self, error: KmsError) -> None:
        self._failures += 1
        self._metrics.set("skm_operator_kms_reachable", 0)
        logger.warning("the KMS didn't give its objects: %s", error)
        if self._failures < _PATIENCE:
            return
        away = KmsAwayError(error.code, error.detail)
        for resource in await self._kubernetes.resources():
            if "deletionTimestamp" not in resource["metadata"]:
                await self._reconciler.tell(resource, away)


def _name(resource: Any) -> str:
    metadata = resource["metadata"]
    return f"{resource['kind']} {metadata['namespace']}/{metadata['name']}"
