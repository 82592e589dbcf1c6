# SPDX-License-Identifier: Apache-2.0
"""A small real HTTP server that speaks like the Kubernetes API: the double of the contract suites.

It serves what `identity_doubles.Kube` holds: lists, watches, single objects and token reviews.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from identity_doubles import Kube

T = TypeVar("T")
RESOURCES = "/apis/skm.dev/v1alpha1"


class KubeServer:
    """The API on a loop and a thread of its own; every call of `kube` runs there."""

    def __init__(self) -> None:
        self.kube = Kube()
        self.port = 0
        self.down = False
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._started.wait(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run a function of the double on its own thread."""

        async def run() -> T:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def put(self, path: str, document: dict[str, Any]) -> None:
        """Create or change an object."""
        self.call(self.kube.put, path, document)

    def remove(self, path: str, uid: str) -> None:
        """Delete an object."""
        self.call(self.kube.remove, path, uid)

    def kubeconfig(self, path: Path) -> Path:
        """A kubeconfig that leads here."""
        server = {"server": f"http://127.0.0.1:{self.port}"}
        context = {"cluster": "double", "user": "double"}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "double", "cluster": server}],
            "users": [{"name": "double", "user": {"token": "double"}}],
            "contexts": [{"name": "double", "context": context}],
            "current-context": "double",
        }
        path.write_text(json.dumps(document))
        return path

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._started.set()
        self._loop.run_forever()

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        for queues in self.kube.queues.values():
            for queue in queues:
                queue.put_nowait(None)
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            return web.Response(status=503)
        if request.method == "POST":
            return web.Response(body=await self.kube.create(request.path, await request.read()))
        if "watch" in request.query:
            return await self._watch(request)
        body = await self.kube.get(request.path_qs)
        return web.Response(status=404) if body is None else web.Response(body=body)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        seconds = float(request.query.get("timeoutSeconds", "10"))
        end = self._loop.call_later(seconds, self._end_watches, request.path)
        try:
            async with self.kube.watch(request.path_qs, 60) as lines:
                async for line in lines:
                    await response.write(line + b"\n")
        except ConnectionResetError:
            pass
        finally:
            end.cancel()
        return response

    def _end_watches(self, path: str) -> None:
        for queue in self.kube.queues.get(path, []):
            queue.put_nowait(None)
