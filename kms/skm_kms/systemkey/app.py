# SPDX-License-Identifier: Apache-2.0
"""The system-key server's HTTP: three calls, answered from its files."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from skm_common.problems import MEDIA_TYPE, TABLE, problem

from .errors import ConflictError, StoreError
from .store import FileStore
from .wire import ESTABLISHED_PATH, KEYS_PATH, MAXIMUM_BODY, Established, NewKey

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_Document = TypeVar("_Document")


class _Refusal(Exception):  # noqa: N818
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.answer = Answer(TABLE[code][0], msgspec.json.encode(problem(code, detail)), MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b"{}"
    media_type: str = "application/json"

    async def send(self, send: Send) -> None:
        """Send it."""
        headers = [
            (b"content-type", self.media_type.encode()),
            (b"content-length", str(len(self.body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class SystemKeyApp:
    """The ASGI application. It sees wrapped keys only, and has no root key to open them."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = self._answer(scope["method"], scope["path"], await _body(receive))
        except _Refusal as refusal:
            answer = refusal.answer
        except ConflictError as error:
            answer = _Refusal("conflict", str(error)).answer
        except StoreError as error:
            answer = _Refusal("unavailable", str(error)).answer
        await answer.send(send)

    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        if path not in (KEYS_PATH, ESTABLISHED_PATH):
            raise _Refusal("not_found", "there is no such path")
        match method, path:
            case "GET", "/v1/system-keys":
                return Answer(200, msgspec.json.encode(self._store.load()))
            case "POST", "/v1/system-keys":
                self._store.create(_decode(body, NewKey))
                return Answer(201)
            case "PUT", "/v1/established":
                self._store.establish(_decode(body, Established))
                return Answer(200)
        raise _Refusal("method_not_allowed", f"{path} does not take {method}")


async def forbidden(_scope: Scope, _receive: Receive, send: Send) -> None:
    """The application for every peer that is not the KMS."""
    refusal = _Refusal("forbidden", "only the KMS may call, with its own client certificate")
    await refusal.answer.send(send)


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Refusal("invalid_request", "the request ended early")
        body += message.get("body", b"")
        if len(body) > MAXIMUM_BODY:
            raise _Refusal("too_large", f"a body has at most {MAXIMUM_BODY} bytes")
        if not message.get("more_body", False):
            return bytes(body)


def _decode(body: bytes, kind: type[_Document]) -> _Document:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        # msgspec names the field and the rule, never the value.
        raise _Refusal("invalid_request", str(error)) from None
