# SPDX-License-Identifier: Apache-2.0
"""The few questions that the webhook has for the API server, over aiohttp.

The official client would take more memory than everything else here together.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from skm_injector.webhook.errors import ClusterError

Document = dict[str, Any]

PAGE: Final = "200"
"""Objects a page of a list: bounds the memory of a start beside thousands of Keys."""

WATCH_SECONDS: Final = 60
ANSWER_SECONDS: Final = 3.0
"""Less than the webhook's own timeout of 5 s, so that a refusal can still be explained."""

_FAILURES: Final = (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError)


class Cluster:
    """A session with the API server; `async with` it."""

    def __init__(self, address: str, ca: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._token = Path(token)
        self._context = ssl.create_default_context(cafile=ca)

    async def __aenter__(self) -> "Cluster":
        connector = aiohttp.TCPConnector(ssl=self._context, limit=16)
        timeout = aiohttp.ClientTimeout(total=None, connect=ANSWER_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, path: str, **query: str) -> Document:
        """One document; raises ClusterError."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._ask(path, query) as response:
                _must_be_success(response.status, path)
                return _decode(await response.read())
        except _FAILURES as error:
            raise _away(path, error) from None

    async def list(self, path: str) -> tuple[list[Document], str]:
        """All objects below a path and the version of the whole; raises ClusterError."""
        items: list[Document] = []
        query = {"limit": PAGE}
        while True:
            page = await self.get(path, **query)
            items += page["items"]
            metadata = page["metadata"]
            if not metadata.get("continue"):
                return items, metadata["resourceVersion"]
            query["continue"] = metadata["continue"]

    async def watch(self, path: str, version: str, selector: str) -> AsyncIterator[Document]:
        """Events after a version, until the server ends the watch; raises ClusterError."""
        query = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
            **({"fieldSelector": selector} if selector else {}),
        }
        try:
            async with self._ask(path, query) as response:
                _must_be_success(response.status, path)
                async for line in _lines(response.content):
                    yield _decode(line)
        except _FAILURES as error:
            raise _away(path, error) from None

    def _ask(self, path: str, query: Mapping[str, str]) -> Any:
        token = self._token.read_text(encoding="ascii").strip()
        # The server ends a watch by itself; a silent connection beyond that is a dead one.
        timeout = aiohttp.ClientTimeout(sock_connect=ANSWER_SECONDS, sock_read=WATCH_SECONDS + 15)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return self._session.get(
            self._address + path, params=query, headers=headers, timeout=timeout
        )


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines of any length: an event holds a whole object."""
    rest = b""
    async for chunk in content.iter_any():
        *complete, rest = (rest + chunk).split(b"\n")
        for line in complete:
            if line:
                yield line


def _decode(content: bytes) -> Document:
    return msgspec.json.decode(content, type=Document)


def _must_be_success(status: int, path: str) -> None:
    if status != 200:
        raise ClusterError(f"the API server answered {status} for {path}")


def _away(path: str, error: Exception) -> ClusterError:
    return ClusterError(f"{path} could not be read: {type(error).__name__} {error}")
