# SPDX-License-Identifier: Apache-2.0
"""Health and metrics over plain HTTP.

Ready as soon as the process runs: one that waits for the lease, or whose KMS is away, is Ready, for
an upgrade must end (DESIGN §2). Healthy while the comparison's heart beats.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from skm_operator.metrics import Metrics


@asynccontextmanager
async def serving(
    address: str, port: int, healthy: Callable[[], bool], metrics: Metrics
) -> AsyncIterator[int]:
    """Serves /healthz, /readyz and /metrics; yields the port."""

    async def healthz(_: web.Request) -> web.Response:
        if healthy():
            return web.Response(text="ok\n")
        return web.Response(status=503, text="the comparison with the KMS is stuck\n")

    async def readyz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def exposition(_: web.Request) -> web.Response:
        return web.Response(text=metrics.text(), content_type="text/plain", charset="utf-8")

    app = web.Application(client_max_size=1024)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", exposition)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address, port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
