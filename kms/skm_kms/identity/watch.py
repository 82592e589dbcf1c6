# SPDX-License-Identifier: Apache-2.0
"""One kind of object, kept current: a list, then watches that begin again every ten seconds.

Ten seconds, because a re-watch that succeeds is what proves that a quiet table is a current one;
the server's bookmarks alone come once a minute (DESIGN §6.6).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Generic, Protocol
from urllib.parse import quote

import msgspec

from skm_kms.clock import Clock
from skm_kms.identity import reading, wire
from skm_kms.identity.errors import KubeError
from skm_kms.identity.reading import Entry, F, Read
from skm_kms.identity.tables import Table

WATCH_SECONDS: Final = 10
SILENCE_SECONDS: Final = WATCH_SECONDS + 5.0
PAGE: Final = 250
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0

_page: Final = msgspec.json.Decoder(wire.Page)
_event: Final = msgspec.json.Decoder(wire.WatchEvent)
_bookmark: Final = msgspec.json.Decoder(wire.Bookmark)
_status: Final = msgspec.json.Decoder(wire.Status)


class WatchApi(Protocol):
    """What a watch needs of the API server; `kube.KubeClient` is one."""

    async def get(self, path: str) -> bytes | None:
        """The body at a path, or None for 404."""
        ...

    def watch(self, path: str, silence: float) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The lines of a watch."""
        ...


@dataclass(frozen=True, slots=True)
class Source(Generic[F]):
    """What is watched: the path of its list, its reader, and a further query such as a selector."""

    path: str
    read: Read[F]
    query: str = ""

    def url(self, **query: str | int) -> str:
        """The list's path with a query."""
        own = [self.query] if self.query else []
        return f"{self.path}?" + "&".join(own + [f"{k}={quote(str(v))}" for k, v in query.items()])


class Watch(Generic[F]):
    """Feeds one table from one source, for as long as `run` runs.

    `changed` is called when something that decides has changed; `jitter` draws from [0, 1).
    """

    def __init__(
        self,
        api: WatchApi,
        source: Source[F],
        table: Table[F],
        clock: Clock,
        *,
        changed: Callable[[], None],
        jitter: Callable[[], float],
    ) -> None:
        self._api = api
        self._source = source
        self._table = table
        self._clock = clock
        self._changed = changed
        self._jitter = jitter
        self.confirmed = float("-inf")
        """When (monotonic) the API server last confirmed that the table is current."""
        self.trouble: str | None = None
        """Why the API server can't be followed just now; for status and logs."""

    async def run(self) -> None:
        """Follow the source until cancelled; after any trouble (a 410 too), list again."""
        pause = _FIRST_PAUSE
        version: str | None = None
        while True:
            try:
                version = await self._list() if version is None else await self._follow(version)
                pause, self.trouble = _FIRST_PAUSE, None
            except (KubeError, msgspec.DecodeError) as error:
                version, self.trouble = None, str(error)
                await asyncio.sleep(pause * (0.5 + self._jitter()))
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _list(self) -> str:
        """Read everything, page by page; the watch that follows confirms it."""
        newest, entries, more = self._table.newest, list[Entry[F]](), ""
        while True:
            query = {"continue": more} if more else {}
            body = await self._api.get(self._source.url(limit=PAGE, **query))
            if body is None:
                raise KubeError(f"{self._source.path} isn't served by this cluster")
            page = _page.decode(body)
            entries += [self._source.read(item) for item in page.items or ()]
            more = page.metadata.more
            if not more:
                break
        version = page.metadata.resource_version
        if reading.version(version) < newest:
            self._table.rewind()
        now = self._clock.monotonic()
        self._note(self._table.replace(entries, reading.version(version), now))
        return version

    async def _follow(self, version: str) -> str:
        """One watch; returns the version to go on from."""
        begun = self._clock.monotonic()
        url = self._source.url(
            watch=1,
            allowWatchBookmarks="true",
            timeoutSeconds=WATCH_SECONDS,
            resourceVersion=version,
        )
        async with self._api.watch(url, SILENCE_SECONDS) as lines:
            self.confirmed = begun
            async for line in lines:
                version = self._take(_event.decode(line)) or version
                self.confirmed = self._clock.monotonic()
        self._table.prune(self._clock.monotonic())
        return version

    def _take(self, event: wire.WatchEvent) -> str | None:
        if event.type == "ERROR":
            code = _status.decode(event.object).code
            raise KubeError(f"the watch of {self._source.path} ended with status {code}")
        if event.type == "BOOKMARK":
            return _bookmark.decode(event.object).metadata.resource_version
        entry, now = self._source.read(event.object), self._clock.monotonic()
        if event.type == "DELETED":
            self._note(self._table.remove(entry.fact.uid, now))
        else:
            self._note(self._table.apply(entry, now))
        return str(entry.version)

    def _note(self, changed: bool) -> None:
        if changed:
            self._changed()
