# SPDX-License-Identifier: Apache-2.0
"""Health and metrics, plain HTTP: nothing here tells a secret or names a key."""

from collections.abc import Callable

import msgspec

from skm_common import __version__
from skm_kms.service.readiness import Readiness

from .asgi import Receive, Scope, Send, send_reply
from .metrics import Sample, exposition
from .reply import Reply, problem
from .request_id import request_id


class HealthApp:
    """`/healthz`: the process answers. `/readyz`: callers should come. `/metrics`: Prometheus."""

    def __init__(self, readiness: Readiness, samples: Callable[[], list[Sample]]) -> None:
        self._readiness = readiness
        self._samples = samples

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a probe."""
        await send_reply(send, self._reply(scope["method"], scope["path"]), request_id(None))

    def _reply(self, method: str, path: str) -> Reply:
        if path not in ("/healthz", "/readyz", "/metrics"):
            return problem("not_found", "there is no such path")
        if method not in ("GET", "HEAD"):
            return problem("method_not_allowed", "only read here", headers={"Allow": "GET"})
        if path == "/healthz":
            return Reply(200, msgspec.json.encode({"version": __version__}))
        if path == "/readyz":
            ready, missing = self._readiness.ready, self._readiness.missing
            body = msgspec.json.encode({"ready": ready, "missing": missing})
            return Reply(200 if ready else 503, body)
        return Reply(200, exposition(self._samples()), b"text/plain; version=0.0.4")
