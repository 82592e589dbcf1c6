# SPDX-License-Identifier: Apache-2.0
"""Liveness, readiness and metrics of the system-key server, plain HTTP.

Alive is up before there is a certificate: the KMS that issues it may start later. Ready says what
is missing.
"""

from .app import Answer, Receive, Scope, Send
from .errors import StoreError
from .keeper import CertificateKeeper
from .store import FileStore

_TEXT = "text/plain; charset=utf-8"


class HealthApp:
    """The ASGI application of the health port."""

    def __init__(self, store: FileStore, keeper: CertificateKeeper) -> None:
        self._store = store
        self._keeper = keeper

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._answer(scope["path"]).send(send)

    def _answer(self, path: str) -> Answer:
        if path == "/healthz":
            return Answer(200, b"alive\n", _TEXT)
        if path == "/readyz":
            missing = self._missing()
            return Answer(503 if missing else 200, f"{missing or 'ready'}\n".encode(), _TEXT)
        if path == "/metrics":
            return Answer(200, self._metrics().encode(), _TEXT)
        return Answer(404, b"not found\n", _TEXT)

    def _missing(self) -> str:
        try:
            self._store.load()
        except StoreError as error:
            return str(error)
        return "" if self._keeper.valid else self._keeper.problem

    def _metrics(self) -> str:
        ready = int(not self._missing())
        return (
            "# HELP skm_ready Whether the system-key server can serve.\n"
            "# TYPE skm_ready gauge\n"
            f"skm_ready {ready}\n"
        )
