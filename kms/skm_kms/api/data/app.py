# SPDX-License-Identifier: Apache-2.0
"""The data plane as an ASGI app: whatever waits, and hot calls when the protocol isn't hot."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from skm_kms.errors import RequestError
from skm_kms.service.auditing import Trail
from skm_kms.service.keys import set_secret
from skm_kms.service.secrets import check_readable

from ..asgi import Receive, Scope, Send, send_reply
from ..connection import connection_in
from ..reply import Reply, problem, problem_reply
from ..request_id import request_id
from .bodies import SET_SECRET, encode, read_body
from .calls import IMMEDIATE, PLANE, Call, DataCalls, Outcome
from .metadata import key_metadata
from .target import parse_target
from .whoami import whoami_document

_log: Final = logging.getLogger("skm_kms.api")


class DataApp:
    """ASGI 3: one call at a time, from a scope that `PlaneProtocol` made."""

    def __init__(self, calls: DataCalls, whoami: Callable[..., Any]) -> None:
        self._calls = calls
        self._whoami = whoami

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        number = request_id(headers.get(b"x-request-id"))
        body = (await receive())["body"]
        try:
            reply = await self._reply(scope, headers, number, body, receive)
        except RequestError as error:
            reply = problem_reply(error)
        except Exception:  # noqa: BLE001 - the outermost edge: one call's fault is answered 500
            _log.exception("request %s failed", number.decode())
            reply = problem("internal", "the server failed")
        await send_reply(send, reply, number)

    async def _reply(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        number: bytes,
        body: bytes,
        receive: Receive,
    ) -> Reply:
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        if path == "/v1/whoami":
            return self._who(scope, method, number)
        target = parse_target(method, path, query)
        line = f"{method} {path}?{query}".encode("latin-1")
        media = headers.get(b"content-type", b"")
        call = Call(connection_in(scope), number.decode(), line, target, media, body)
        if target.after is not None:
            outcome = await self._wait(call, receive)
        elif target.operation in IMMEDIATE:
            outcome = self._calls.perform(call)
        else:
            outcome = await self._perform(call)
        if outcome.record is not None:
            await self._calls.ledger.write(outcome.record)
        return outcome.reply

    def _who(self, scope: Scope, method: str, number: bytes) -> Reply:
        if method != "GET":
            detail = "the path doesn't take this method"
            raise RequestError(detail, code="method_not_allowed", headers={"Allow": "GET"})
        peer = connection_in(scope).peer
        now = self._calls.core.clock.now()
        self._calls.ledger.count(Trail(now, number.decode(), PLANE, "WhoAmI", peer), "whoami")
        return Reply(200, encode(whoami_document(self._whoami(peer))))

    async def _perform(self, call: Call) -> Outcome:
        """Metadata, and a new version of a managed secret."""
        trail = self._calls.trail(call)
        try:
            grant = self._calls.grant(call, trail)
            if call.target.operation == "ReadMetadata":
                return Outcome(Reply(200, encode(key_metadata(grant))), trail.record())
            asked = read_body(SET_SECRET, call.body, call.media)
            key = await set_secret(
                self._calls.core, grant.key.id, asked.secret(), asked.expected_version
            )
        except RequestError as error:
            return Outcome(problem_reply(error), self._calls.ledger.refused(trail, error))
        trail.version = key.current_version
        return Outcome(Reply(200, encode({"version": key.current_version})), trail.record())

    async def _wait(self, call: Call, receive: Receive) -> Outcome:
        """Wait for a version newer than `after`: checked again at every news, ended by a denial."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + call.target.wait
        gone = asyncio.ensure_future(receive())
        try:
            while True:
                trail = self._calls.trail(call)
                try:
                    grant = self._calls.grant(call, trail)
                    current = check_readable(grant)
                except RequestError as error:
                    return Outcome(problem_reply(error), self._calls.ledger.refused(trail, error))
                if current > (call.target.after or 0):
                    return self._calls.perform(call)
                left = deadline - loop.time()
                if left <= 0 or self._calls.core.state.news.closing or gone.done():
                    self._calls.ledger.count(trail, "no_news")
                    return Outcome(Reply(204, b""), None)
                until = grant.admission.valid_until - self._calls.core.clock.monotonic()
                await self._calls.core.state.news.wait(min(left, max(until, 0.05)))
        finally:
            gone.cancel()
