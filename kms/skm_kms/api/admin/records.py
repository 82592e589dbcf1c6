# SPDX-License-Identifier: Apache-2.0
"""Status and the audit log on the admin plane; tiles have the paths of C2SP tlog-tiles."""

from fastapi import APIRouter, Response

from skm_common import __version__
from skm_common.tlog import TlogError
from skm_kms.errors import NotFoundError
from skm_kms.model import ADMINISTRATOR, AUDITOR, OPERATOR
from skm_kms.service.conditions import Condition
from skm_kms.service.core import Core
from skm_kms.service.ledger import Ledger
from skm_kms.service.readiness import Readiness

from .callers import Caller
from .models import LogList, LogView, StatusView
from .views import condition_views

TEXT = "text/plain; charset=utf-8"


class Records:
    """The routes of status and audit; `name` is this replica's log."""

    def __init__(
        self, core: Core, ledger: Ledger, readiness: Readiness, name: str, *, protected: bool
    ) -> None:
        self._core = core
        self._log = ledger.log
        self._readiness = readiness
        self._name = name
        self._protected = protected

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter()
        router.get("/v1/status", name="GetStatus")(self.status)
        router.get("/v1/audit/logs", name="ReadAudit")(self.logs)
        router.get("/v1/audit/key", name="ReadAudit", response_class=Response)(self.key)
        part = "/v1/audit/{log}/{part:path}"
        router.get(part, name="ReadAudit", response_class=Response)(self.part)
        return router

    async def status(self, caller: Caller) -> StatusView:
        """How the KMS does, and what of it is away."""
        caller.must_be(ADMINISTRATOR, AUDITOR, OPERATOR)
        state = self._core.state
        return StatusView(
            version=__version__,
            installation=state.keyring.installation,
            ready=self._readiness.ready,
            sequence=state.sequence,
            missing=dict(self._readiness.missing),
            conditions=condition_views(self._conditions()),
        )

    async def logs(self, caller: Caller) -> LogList:
        """The audit logs that this replica can show: its own."""
        caller.must_be(ADMINISTRATOR, AUDITOR)
        own = LogView(name=self._name, origin=self._log.origin, healthy=self._log.healthy)
        return LogList(logs=[own])

    async def key(self, caller: Caller, log: str | None = None) -> Response:
        """The key that verifies a log's checkpoints (C2SP signed-note verifier key)."""
        caller.must_be(ADMINISTRATOR, AUDITOR)
        self._must_be_ours(log or self._name)
        return Response(self._log.verifier_key, media_type=TEXT)

    async def part(self, log: str, part: str, caller: Caller) -> Response:
        """The checkpoint, a tile or a bundle of entries of a log."""
        caller.must_be(ADMINISTRATOR, AUDITOR)
        self._must_be_ours(log)
        try:
            found = self._log.read(part)
        except TlogError as error:
            raise NotFoundError(f"there is no such part of a log: {error}") from None
        if found is None:
            raise NotFoundError("the log has no such part yet")
        media = TEXT if part == "checkpoint" else "application/octet-stream"
        return Response(found, media_type=media)

    def _must_be_ours(self, log: str) -> None:
        if log != self._name:
            raise NotFoundError(f"this replica's log is {self._name}")

    def _conditions(self) -> tuple[Condition, ...]:
        ready = self._readiness.ready
        missing = "; ".join(f"{part}: {why}" for part, why in self._readiness.missing.items())
        protected = "True" if self._protected else "False"
        says = (
            "The root key stays with its provider."
            if self._protected
            else "The root key stands in a Kubernetes Secret: whoever reads Secrets there has it."
        )
        return (
            Condition(
                "Ready", str(ready), "Serving" if ready else "Missing", missing or "All is there."
            ),
            Condition("RootKeyProtected", protected, "Provider", says),
        )
