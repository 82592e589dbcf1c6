# SPDX-License-Identifier: Apache-2.0
"""Watching: list once, follow the events, begin again when the server says that it forgot."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, NoReturn, Protocol

from skm_injector.journal import log
from skm_injector.webhook.cluster import Cluster, Document
from skm_injector.webhook.errors import ClusterError

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
"""Seconds between attempts while the API server is away, doubling from the first to the longest."""


class Watched(Protocol):
    """What is watched: where it stands, and who is told."""

    path: str
    selector: str

    async def begin(self, cluster: Cluster) -> str:
        """Reads the present state; the resource version to go on from. Raises ClusterError."""

    def changed(self, resource: Document) -> None:
        """An object was added or changed."""

    def removed(self, resource: Document) -> None:
        """An object was removed."""


async def follow(watched: Watched, cluster: Cluster) -> NoReturn:
    """Follows for ever, through all failures."""
    pause = FIRST_PAUSE
    while True:
        try:
            version: str | None = await watched.begin(cluster)
            pause = FIRST_PAUSE
            while version is not None:
                version = await _watch_once(watched, cluster, version)
        except ClusterError as error:
            log("watch_failed", path=watched.path, reason=str(error))
        await asyncio.sleep(random.SystemRandom().uniform(pause / 2, pause))
        pause = min(LONGEST_PAUSE, pause * 2)


async def _watch_once(watched: Watched, cluster: Cluster, version: str) -> str | None:
    """The version to go on from; None where the state must be read anew."""
    events: AsyncIterator[Document] = cluster.watch(watched.path, version, watched.selector)
    async with contextlib.aclosing(events) as stream:  # type: ignore[type-var]
        async for event in stream:
            resource: Mapping[str, Any] = event["object"]
            if event["type"] == "ERROR":
                return None
            version = resource["metadata"]["resourceVersion"]
            _tell(watched, event["type"], event["object"])
    return version


def _tell(watched: Watched, kind: str, resource: Document) -> None:
    if kind in ("ADDED", "MODIFIED"):
        watched.changed(resource)
    elif kind == "DELETED":
        watched.removed(resource)
