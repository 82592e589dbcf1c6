# SPDX-License-Identifier: Apache-2.0
"""Health and metrics on the host's loopback: plain HTTP, one request a connection."""

import asyncio
from contextlib import suppress
from typing import Final

from .metrics import Metrics

_LONGEST_HEAD: Final = 8192
_PATIENCE_SECONDS: Final = 5.0
_REASONS: Final = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Unavailable"}


class Health:
    """Answers /healthz (the loop runs), /readyz (the witnesses have been read) and /metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def serve(self, address: str, port: int) -> asyncio.Server:
        """Listen; raises OSError where the host's port is taken."""
        return await asyncio.start_server(self._answer, address, port, limit=_LONGEST_HEAD)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._response(head))
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def _response(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.split(b" ", 1)[0].partition(b"?")[0].decode("latin-1")
        status, text = self._route(method, path)
        body = text.encode()
        fields = f"Content-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n"
        start = f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
        return f"{start}{fields}Connection: close\r\n\r\n".encode() + body

    def _route(self, method: bytes, path: str) -> tuple[int, str]:
        if method != b"GET":
            return 405, "only GET\n"
        if path == "/healthz":
            return 200, "ok\n"
        if path == "/readyz":
            return (200, "ok\n") if self._metrics.ready else (503, "witnesses unread\n")
        return (200, self._metrics.text()) if path == "/metrics" else (404, "not found\n")
