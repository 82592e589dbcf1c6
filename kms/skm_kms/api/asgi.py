# SPDX-License-Identifier: Apache-2.0
"""ASGI 3 as the planes' applications speak it: its types, and how an answer is sent."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .reply import Reply

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


async def send_reply(send: Send, reply: Reply, number: bytes) -> None:
    """Send a whole answer to the request of this ID."""
    head = reply.head(number)
    await send({"type": "http.response.start", "status": reply.status, "headers": head})
    await send({"type": "http.response.body", "body": reply.body})
