# SPDX-License-Identifier: Apache-2.0
"""The process put together: watches, then both servers, until it is told to end."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any

from skm_common import names
from skm_injector.journal import log
from skm_injector.webhook.app import health, reviews
from skm_injector.webhook.cluster import Cluster
from skm_injector.webhook.errors import ClusterError
from skm_injector.webhook.installation import Installation, StartGate, gate_for
from skm_injector.webhook.knowledge import Knowledge, ask_now
from skm_injector.webhook.metrics import Metrics
from skm_injector.webhook.named_objects import CaBundle, ca_config_map, serving_secret
from skm_injector.webhook.reviewer import Reviewer
from skm_injector.webhook.server import serve
from skm_injector.webhook.serving import ServingCertificate
from skm_injector.webhook.settings import Settings, api_address
from skm_injector.webhook.watches import Watched, follow


class Webhook:
    """What the process holds while it runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._resources = settings.resources
        self._knowledge = Knowledge()
        self._certificate = ServingCertificate()
        self._ca = CaBundle()
        self._gate: StartGate | None = settings.gate
        self._metrics = Metrics()
        self._ended = asyncio.Event()
        self._draining = False

    async def run(self, environment: Mapping[str, str]) -> None:
        """Serves until SIGTERM or SIGINT; raises SettingError."""
        settings = self._settings
        self._end_on_signals()
        address = api_address(settings, environment)
        async with (
            Cluster(address, settings.api_ca, settings.api_token) as cluster,
            asyncio.TaskGroup() as group,
        ):
            background = [group.create_task(task) for task in self._background(cluster)]
            await asyncio.gather(self._serve_health(), self._serve_reviews(cluster))
            for task in background:
                task.cancel()

    def installation(self) -> Installation | None:
        """What the chart installed, once the webhook knows all of it."""
        if not self._ca.pem or self._gate is None:
            return None
        settings = self._settings
        return Installation(
            image=settings.agent_image,
            pull_policy=settings.agent_pull_policy,
            data=f"{settings.kms_host}:{names.DATA_PORT}",
            identity=f"{settings.kms_host}:{names.IDENTITY_PORT}",
            server_name=settings.server_name,
            ca=self._ca.pem,
            resources=self._resources,
            gate=self._gate,
        )

    def missing(self) -> str:
        """What the webhook waits for before it is ready, in words; empty when it is."""
        waits = {
            "its end": self._draining,
            f"the certificate in Secret {names.WEBHOOK_SERVING_SECRET}": (
                not self._certificate.available.is_set()
            ),
            f"the CA in ConfigMap {names.CA_CONFIG_MAP}": not self._ca.pem,
            "the API server's version": self._gate is None,
            "the first list of our resources": not self._knowledge.synced,
        }
        return next((what for what, waiting in waits.items() if waiting), "")

    def _background(self, cluster: Cluster) -> Iterator[Coroutine[Any, Any, None]]:
        namespace = self._settings.namespace
        watched: tuple[Watched, ...] = (
            *self._knowledge.kinds.values(),
            ca_config_map(namespace, self._ca),
            serving_secret(namespace, self._certificate),
        )
        yield from (follow(each, cluster) for each in watched)
        yield self._learn_gate(cluster)

    async def _serve_health(self) -> None:
        application = health(self.missing, self._metrics)
        await serve(application, self._settings.health_port, None, self._ended)

    async def _serve_reviews(self, cluster: Cluster) -> None:
        """Begins as soon as there is a certificate; the process is alive and unready until then."""
        first = {
            asyncio.create_task(self._certificate.available.wait()),
            asyncio.create_task(self._ended.wait()),
        }
        _, pending = await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if self._ended.is_set():
            return
        reviewer = Reviewer(
            self._knowledge.of,
            lambda namespace: ask_now(cluster, namespace),
            self.installation,
            self._metrics,
        )
        context = self._certificate.context
        await serve(reviews(reviewer), self._settings.port, context, self._ended)

    async def _learn_gate(self, cluster: Cluster) -> None:
        while self._gate is None:
            try:
                version = await cluster.get("/version")
                self._gate = gate_for(*(_number(version[part]) for part in ("major", "minor")))
            except (ClusterError, KeyError, ValueError) as error:
                log("version_unknown", reason=str(error))
                await asyncio.sleep(1)

    def _end_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._drain)

    def _drain(self) -> None:
        """Unready at once, ended a little later: the Service still sends reviews for a moment."""
        self._draining = True
        asyncio.get_running_loop().call_later(self._settings.drain, self._ended.set)


def _number(text: str) -> int:
    """The number in a part of a version such as `35+`."""
    return int("".join(digit for digit in text if digit.isdigit()))
