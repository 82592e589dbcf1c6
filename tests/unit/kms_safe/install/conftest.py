# SPDX-License-Identifier: Apache-2.0
"""A small API server: creates, reads and merges objects, and refuses what it is told to."""

import copy
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from kubernetes.aio.client.configuration import Configuration

from skm_kms.install.cluster import Cluster

CERTIFICATES = "/apis/certificates.k8s.io/"


def merged(target: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(target)
    for key, value in change.items():
        held = result.get(key)
        nested = isinstance(value, dict) and isinstance(held, dict)
        result[key] = merged(held, value) if nested else value
    return result


@dataclass
class ApiServer:
    """Objects by path, and the calls that were made."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    down: int = 0
    die_after: int | None = None
    """The number of calls that succeed before every further one is cut off."""

    trust_bundles: str | None = None
    """The version of certificates.k8s.io that serves trust bundles."""

    async def handle(self, request: web.Request) -> web.Response:
        call = f"{request.method} {request.path}"
        if self.die_after is not None and len(self.calls) >= self.die_after:
            assert request.transport is not None
            request.transport.abort()
        self.calls.append(call)
        if self.down:
            self.down -= 1
            return self.status(503, "ServiceUnavailable", "starting")
        if call in self.forbidden:
            said = f'{request.path} is forbidden: User "skm-install" cannot {request.method} it'
            return self.status(403, "Forbidden", said)
        body = await request.text()
        return self.answer(request.method, request.path, json.loads(body) if body else {})

    def answer(self, method: str, path: str, body: dict[str, Any]) -> web.Response:
        if path.startswith(CERTIFICATES) and path.count("/") == 3:
            served = path == f"{CERTIFICATES}{self.trust_bundles}"
            names = [{"name": "clustertrustbundles"}] if served else []
            return web.json_response({"resources": names})
        if method == "POST":
            return self.create(f"{path}/{body['metadata']['name']}", body)
        if path not in self.objects:
            return self.status(404, "NotFound", "not found")
        if method == "PATCH":
            self.objects[path] = merged(self.objects[path], body)
        return web.json_response(self.objects[path])

    def create(self, path: str, body: dict[str, Any]) -> web.Response:
        if path in self.objects:
            return self.status(409, "AlreadyExists", "already exists")
        self.objects[path] = body
        return web.json_response(body, status=201)

    @staticmethod
    def status(code: int, reason: str, message: str) -> web.Response:
        return web.json_response(
            {"kind": "Status", "reason": reason, "message": message}, status=code
        )


@pytest.fixture
def api() -> ApiServer:
    return ApiServer()


@pytest.fixture
async def cluster(api: ApiServer) -> AsyncIterator[Cluster]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]
    async with Cluster(Configuration(host=f"http://127.0.0.1:{port}")) as connected:
        yield connected
    await runner.cleanup()
