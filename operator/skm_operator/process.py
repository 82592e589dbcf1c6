# SPDX-License-Identifier: Apache-2.0
"""The life of the process: serve health, wait for the lease, work, give the lease back."""

import asyncio
import logging
import signal
import uuid
from collections.abc import Coroutine
from typing import Any, Final, cast

import kopf

from skm_common import names
from skm_operator.clock import Clock, SystemClock
from skm_operator.drift import DriftTask
from skm_operator.health import serving
from skm_operator.k8s import Kubernetes
from skm_operator.kms_client import KmsClient
from skm_operator.leader import Elector, Terms
from skm_operator.metrics import Metrics
from skm_operator.reconciler import Reconciler
from skm_operator.registry import build_registry, build_settings
from skm_operator.settings import Settings
from skm_operator.webhook_pki import PkiTask

logger = logging.getLogger(__name__)

_STUCK_AFTER: Final = 300.0
"""Seconds without a comparison, even a failed one, after which the kubelet shall restart us."""


async def run(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT; raises LeaseLostError when another operator may lead."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with (
        await Kubernetes.connect(settings.kubeconfig) as kubernetes,
        _kms_client(settings) as kms,
    ):
        await _Operator(settings, kubernetes, kms, SystemClock()).run(stop)


def _kms_client(settings: Settings) -> KmsClient:
    name = names.service_name(names.KMS, settings.namespace)
    return KmsClient(
        settings.kms_url or f"https://{name}:{names.ADMIN_PORT}",
        name,
        settings.kms_ca,
        settings.kms_token,
        timeout=settings.kms_timeout,
        concurrency=settings.concurrency,
    )


class _Operator:
    """What one process works with."""

    def __init__(
        self, settings: Settings, kubernetes: Kubernetes, kms: KmsClient, clock: Clock
    ) -> None:
        self._settings = settings
        self._kubernetes = kubernetes
        self._clock = clock
        self._metrics = Metrics()
        identity = f"{settings.pod_name}_{uuid.uuid4().hex[:8]}"
        terms = Terms(settings.namespace, names.OPERATOR, identity, settings.lease_seconds)
        self._elector = Elector(kubernetes, terms, clock)
        self._reconciler = Reconciler(
            kubernetes,
            kms,
            clock,
            self._metrics,
            settings.pod_name,
            asyncio.Semaphore(settings.concurrency),
        )
        self._drift = DriftTask(
            kubernetes,
            kms,
            self._reconciler,
            clock=clock,
            metrics=self._metrics,
            interval=settings.drift_interval,
        )
        self._pki = PkiTask(
            kubernetes,
            clock,
            self._metrics,
            namespace=settings.namespace,
            interval=settings.pki_interval,
        )
        self._leading = False

    async def run(self, stop: asyncio.Event) -> None:
        address, port = self._settings.health_address, self._settings.health_port
        async with serving(address, port, self._healthy, self._metrics) as served:
            logger.info("health and metrics on port %d", served)
            await _first(self._elector.acquire(), stop.wait())
            if not stop.is_set():
                await self._lead(stop)

    async def _lead(self, stop: asyncio.Event) -> None:
        self._leading = True
        self._drift.heartbeat = self._clock.monotonic()
        self._metrics.set("skm_operator_leading", 1)
        try:
            await _first(
                self._elector.hold(), self._kopf(), self._drift.run(), self._pki.run(), stop.wait()
            )
        finally:
            await self._elector.release()

    async def _kopf(self) -> None:
        """kopf takes SIGTERM and SIGINT over while it runs, and returns when one comes."""
        await kopf.operator(
            registry=build_registry(self._reconciler, self._kubernetes.endpoint),
            settings=build_settings(),
            clusterwide=True,
            standalone=True,
            # Else kopf asks for the name of its user, and uid 65532 has none in the image.
            identity=cast(Any, self._settings.pod_name),
        )

    def _healthy(self) -> bool:
        age = self._clock.monotonic() - self._drift.heartbeat
        return not self._leading or age < _STUCK_AFTER


async def _first(*parts: Coroutine[Any, Any, Any]) -> None:
    """Runs until the first part returns or raises, and ends the others."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
