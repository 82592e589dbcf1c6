# SPDX-License-Identifier: Apache-2.0
"""uvicorn as this process uses it: signals are the process's own, the certificate is ours."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator

import uvicorn

from skm_injector.webhook.app import Application


class _Server(uvicorn.Server):
    """Two of these run in one loop; neither may take the process's signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    application: Application, port: int, context: ssl.SSLContext | None, ended: asyncio.Event
) -> None:
    """Serves until `ended`; with a context over TLS, whose certificate may change meanwhile."""
    config = uvicorn.Config(
        application,
        host="0.0.0.0",  # noqa: S104 - the kubelet and the API server come by the pod's address
        port=port,
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    config.load()
    config.ssl = context
    server = _Server(config)
    running = asyncio.create_task(server.serve())
    stop = asyncio.create_task(ended.wait())
    await asyncio.wait((running, stop), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stop.cancel()
    await running
