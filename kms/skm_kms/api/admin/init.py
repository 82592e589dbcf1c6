# SPDX-License-Identifier: Apache-2.0
"""The Unix socket's only call: `POST /v1/init` makes the first administrator, once (DESIGN §2)."""

from typing import Final

import msgspec

from skm_kms.audit import AuditCaller
from skm_kms.errors import RequestError
from skm_kms.model import ADMINISTRATOR
from skm_kms.service.auditing import Trail
from skm_kms.service.ledger import Ledger

from ..asgi import Receive, Scope, Send, send_reply
from ..connection import connection_in
from ..data.bodies import read_body
from ..reply import Reply, problem_reply
from ..request_id import request_id
from .people import Registrar

PLANE: Final = "socket"


class InitRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The first administrator's name and certificate request (PEM)."""

    name: str
    csr: str


_INIT: Final = msgspec.json.Decoder(InitRequest)


class InitApp:
    """ASGI 3 over the Unix socket: whoever may open it is in the KMS's own pod."""

    def __init__(self, registrar: Registrar, ledger: Ledger) -> None:
        self._registrar = registrar
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        number = request_id(headers.get(b"x-request-id"))
        body = (await receive())["body"]
        try:
            reply = await self._reply(scope, headers.get(b"content-type", b""), number, body)
        except RequestError as error:
            reply = problem_reply(error)
        await send_reply(send, reply, number)

    async def _reply(self, scope: Scope, media: bytes, number: bytes, body: bytes) -> Reply:
        if (scope["method"], scope["path"]) != ("POST", "/v1/init"):
            raise RequestError("the socket takes POST /v1/init only", code="not_found")
        now = self._registrar.core.clock.now()
        peer = connection_in(scope).peer
        trail = Trail(now, number.decode(), PLANE, "Init", peer, caller=AuditCaller("local", ""))
        try:
            asked = read_body(_INIT, body, media)
            made = await self._registrar.register(asked.name, ADMINISTRATOR, asked.csr, first=True)
        except RequestError as error:
            await self._ledger.write(trail.record(error))
            raise
        trail.caller = AuditCaller("local", made.name)
        await self._ledger.write(trail.record())
        return Reply(200, made.model_dump_json(by_alias=True).encode())
