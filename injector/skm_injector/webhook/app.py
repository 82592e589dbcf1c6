# SPDX-License-Identifier: Apache-2.0
"""The two ASGI applications: reviews over HTTPS, and health and metrics over plain HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from skm_injector.webhook.errors import MalformedError
from skm_injector.webhook.metrics import Metrics
from skm_injector.webhook.reviewer import Reviewer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

REVIEW_PATH: Final = "/v1/review"
LARGEST_REVIEW: Final = 8 << 20
"""Bytes: the API server takes objects of 3 MiB, and a review holds little more than one."""

MOST_HELD: Final = 32 << 20
"""Bytes of all reviews that are arriving: anybody can connect, and memory has a limit."""

ARRIVAL: Final = 5.0
"""Seconds for a review to arrive, which is as long as the API server waits for its answer."""

_JSON: Final = b"application/json"
_TEXT: Final = b"text/plain; charset=utf-8"


def reviews(reviewer: Reviewer, arrival: float = ARRIVAL) -> Application:
    """The application that the API server calls; a review must be whole in `arrival` seconds."""
    arriving = _Arriving(arrival)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != REVIEW_PATH or scope["method"] != "POST":
            await _respond(send, 404, _TEXT, b"not found\n")
            return
        try:
            body = await arriving.body(receive)
        except TimeoutError:
            await _respond(send, 408, _TEXT, b"the review didn't arrive in time\n")
            return
        if body is None:
            await _respond(send, 413, _TEXT, b"the review is too large, or there are too many\n")
            return
        try:
            answer = await reviewer.answer(body)
        except MalformedError as error:
            await _respond(send, 400, _TEXT, f"{error}\n".encode())
            return
        await _respond(send, 200, _JSON, answer)

    return application


def health(ready: Callable[[], str], metrics: Metrics) -> Application:
    """The application for kubelet and scraper; `ready` gives what is missing, or nothing."""

    async def application(scope: Scope, _receive: Receive, send: Send) -> None:
        missing = ready()
        match scope["path"]:
            case "/healthz":
                await _respond(send, 200, _TEXT, b"ok\n")
            case "/readyz" if missing:
                await _respond(send, 503, _TEXT, f"waiting for {missing}\n".encode())
            case "/readyz":
                await _respond(send, 200, _TEXT, b"ok\n")
            case "/metrics":
                await _respond(send, 200, _TEXT, metrics.text(ready=not missing).encode())
            case _:
                await _respond(send, 404, _TEXT, b"not found\n")

    return application


class _Arriving:
    """The bodies that are arriving, bounded one by one and together."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._held = 0

    async def body(self, receive: Receive) -> bytes | None:
        """One whole body; None where it or all together are too large. Raises TimeoutError."""
        parts = bytearray()
        more = True
        try:
            async with asyncio.timeout(self._seconds):
                while more:
                    message = await receive()
                    piece = message.get("body", b"")
                    parts += piece
                    self._held += len(piece)
                    more = message.get("more_body", False)
                    if len(parts) > LARGEST_REVIEW or self._held > MOST_HELD:
                        return None
        finally:
            self._held -= len(parts)
        return bytes(parts)


async def _respond(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
