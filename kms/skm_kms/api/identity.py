# SPDX-License-Identifier: Apache-2.0
"""The identity plane: session certificates, evidence of nodes, the system-key server's certificate.

It listens before the KMS is unlocked, because unlocking needs the system-key server, and that one
needs its certificate from here.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from skm_kms.audit import AuditCaller
from skm_kms.clock import Clock
from skm_kms.errors import RequestError, UnauthenticatedError, UnavailableError
from skm_kms.identity import Identity, InternalIssuer, IssuedSession, Peer, read_report
from skm_kms.service.auditing import Trail
from skm_kms.service.ledger import Ledger

from .asgi import Receive, Scope, Send, send_reply
from .connection import connection_in
from .data.bodies import encode, read_body
from .reply import Reply, problem, problem_reply
from .request_id import request_id
from .times import rfc3339

_log: Final = logging.getLogger("skm_kms.api")
_BEARER: Final = b"bearer "
PLANE: Final = "identity"


class CsrRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A certificate request in PEM."""

    csr: str


_CSR: Final = msgspec.json.Decoder(CsrRequest)


@dataclass(frozen=True, slots=True)
class _Request:
    """One request of this plane."""

    number: bytes
    peer: Peer
    token: str | None
    media: bytes
    body: bytes


class IdentityApp:
    """ASGI 3; `ledger` gives the audit log once the KMS is unlocked, else None."""

    def __init__(
        self,
        identity: Identity,
        issuer: Callable[[], InternalIssuer],
        ca_bundle: Callable[[], str],
        ledger: Callable[[], Ledger | None],
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._issuer = issuer
        self._ca_bundle = ca_bundle
        self._ledger = ledger
        self._clock = clock
        self._calls: dict[str, Callable[[_Request, Trail], Awaitable[Reply]]] = {
            "/v1/identity": self._issue,
            "/v1/evidence": self._evidence,
            "/v1/internal/certificate": self._internal,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        number = request_id(headers.get(b"x-request-id"))
        peer = connection_in(scope).peer
        media = headers.get(b"content-type", b"")
        body = (await receive())["body"]
        try:
            request = _Request(number, peer, bearer_token(headers), media, body)
            reply = await self._reply(scope["method"], scope["path"], request)
        except RequestError as error:
            reply = problem_reply(error)
        except Exception:  # noqa: BLE001 - the outermost edge: one call's fault is answered 500
            _log.exception("request %s failed", number.decode())
            reply = problem("internal", "the server failed")
        await send_reply(send, reply, number)

    async def _reply(self, method: str, path: str, request: _Request) -> Reply:
        call = self._calls.get(path)
        if call is None:
            raise RequestError("there is no such path", code="not_found")
        if method != "POST":
            detail = "the path doesn't take this method"
            raise RequestError(detail, code="method_not_allowed", headers={"Allow": "POST"})
        number, now = request.number.decode(), self._clock.now()
        trail = Trail(now, number, PLANE, path.removeprefix("/v1/"), request.peer)
        try:
            return await call(request, trail)
        except RequestError as error:
            await self._refused(trail, error)
            raise

    async def _issue(self, request: _Request, trail: Trail) -> Reply:
        ledger = self._ledger()
        if ledger is None:
            raise UnavailableError("the KMS isn't unlocked yet", retry_after=2)
        asked = read_body(_CSR, request.body, request.media)
        issued = await self._identity.issue(request.peer, request.token, asked.csr.encode())
        trail.operation = _operation(issued)
        trail.caller = _caller(issued)
        trail.mac, trail.evidence = issued.mac, issued.evidence
        trail.certificate = issued.certificate_sha256
        await ledger.write(trail.record())
        document = {
            "certificate": issued.certificate.decode(),
            "notAfter": rfc3339(issued.session.not_after),
            "caBundle": self._ca_bundle(),
        }
        return Reply(200, encode(document))

    async def _evidence(self, request: _Request, trail: Trail) -> Reply:
        token = _needed(request.token)
        if request.media != b"application/json":
            raise RequestError("the body must be application/json", code="unsupported_media_type")
        report = read_report(request.body)
        taken = await self._identity.accept_evidence(request.peer, token, report)
        ledger = self._ledger()
        if ledger is not None:
            ledger.count(trail, "evidence")
        return Reply(200, encode({"sequence": taken}))

    async def _internal(self, request: _Request, trail: Trail) -> Reply:
        token = _needed(request.token)
        asked = read_body(_CSR, request.body, request.media)
        chain = await self._identity.issue_internal(
            request.peer, token, asked.csr.encode(), self._issuer()
        )
        trail.operation = "IssueInternalCertificate"
        trail.caller = AuditCaller("service", "skm-system-key")
        ledger = self._ledger()
        if ledger is not None:
            await ledger.write(trail.record())
        _log.info("certificate issued to the system-key server at %s", request.peer.address)
        return Reply(200, encode({"certificate": chain.decode(), "caBundle": self._ca_bundle()}))

    async def _refused(self, trail: Trail, error: RequestError) -> None:
        ledger = self._ledger()
        record = None if ledger is None else ledger.refused(trail, error)
        if ledger is not None and record is not None:
            await ledger.write(record)


def bearer_token(headers: Mapping[bytes, bytes]) -> str | None:
    """The token of an Authorization header; raises UnauthenticatedError for another scheme."""
    value = headers.get(b"authorization")
    if value is None:
        return None
    if value[: len(_BEARER)].lower() != _BEARER or not value.isascii():
        raise UnauthenticatedError("the Authorization header must be: Bearer <token>")
    return value[len(_BEARER) :].strip().decode("ascii")


def _needed(token: str | None) -> str:
    if token is None:
        raise UnauthenticatedError("this call needs a bearer token")
    return token


def _operation(issued: IssuedSession) -> str:
    if issued.takeover:
        return "TakeOverSession"
    return "RenewSession" if issued.renewal else "IssueSession"


def _caller(issued: IssuedSession) -> AuditCaller:
    session = issued.session
    return AuditCaller(
        kind="pod",
        name=f"{session.namespace}/{session.pod_name}",
        namespace=session.namespace,
        service_account=session.service_account,
        pod_uid=session.uid,
        pod_name=session.pod_name,
    )
