# SPDX-License-Identifier: Apache-2.0
"""The record around the admin plane: what FastAPI answers is held until the record is durable."""

import logging
from typing import Final

from skm_kms.audit import AuditCaller
from skm_kms.clock import Clock
from skm_kms.errors import RequestError
from skm_kms.service.administrators import AdminCaller
from skm_kms.service.auditing import Trail
from skm_kms.service.ledger import Ledger

from ..asgi import Application, Message, Receive, Scope, Send, send_reply
from ..connection import connection_in
from ..reply import Reply, problem, problem_reply
from ..request_id import request_id

PLANE: Final = "admin"
_QUIET: Final = frozenset({"ReadAudit"})
"""Reading the log is counted: each tile would add an entry to what is being read."""
_log: Final = logging.getLogger("skm_kms.api")


class AuditedApp:
    """ASGI 3 around another app, which leaves `skm.caller` and `skm.error` in the scope."""

    def __init__(self, app: Application, ledger: Ledger, clock: Clock) -> None:
        self._app = app
        self._ledger = ledger
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, once its record is durable."""
        number = request_id(dict(scope["headers"]).get(b"x-request-id"))
        trail = Trail(
            self._clock.now(), number.decode(), PLANE, "Unknown", connection_in(scope).peer
        )
        try:
            reply = await self._answered(scope, receive, number)
            await self._record(scope, trail)
        except RequestError as error:
            reply = problem_reply(error)
        await send_reply(send, reply, number)

    async def _answered(self, scope: Scope, receive: Receive, number: bytes) -> Reply:
        """What the app answers, held back; a fault of it is one call's fault."""
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        try:
            await self._app(scope, receive, hold)
        except Exception:  # noqa: BLE001 - the outermost edge: one call's fault is answered 500
            _log.exception("request %s failed", number.decode())
            scope["skm.error"] = RequestError("the server failed", code="internal")
            return problem("internal", "the server failed")
        headers = dict(held[0]["headers"])
        extra = {"Allow": headers[b"allow"].decode()} if b"allow" in headers else {}
        body = b"".join(message.get("body", b"") for message in held[1:])
        return Reply(held[0]["status"], body, headers.get(b"content-type", b""), extra)

    async def _record(self, scope: Scope, trail: Trail) -> None:
        caller: AdminCaller | None = scope.get("skm.caller")
        error: RequestError | None = scope.get("skm.error")
        route = scope.get("route")
        trail.operation = getattr(route, "name", trail.operation)
        parameters = scope.get("path_params", {})
        trail.keystore = parameters.get("keystore")
        trail.key = parameters.get("key") or parameters.get("policy") or parameters.get("name")
        if caller is not None:
            trail.caller = AuditCaller(caller.kind, caller.name, caller.namespace)
        if error is not None:
            record = self._ledger.refused(trail, error)
            if record is not None:
                await self._ledger.write(record)
        elif trail.operation in _QUIET or caller is None:
            self._ledger.count(trail, trail.operation)
        else:
            await self._ledger.write(trail.record())
