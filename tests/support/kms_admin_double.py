# SPDX-License-Identifier: Apache-2.0
"""A double of the KMS's admin plane: a small real HTTPS server that keeps objects in memory.

It speaks TLS 1.3 under the KMS's name, asks for the operator's token, and keeps what it was told,
as the plane's contract says. It checks nothing against the cluster: that is the KMS's own suite.
"""

import asyncio
import itertools
import ssl
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from skm_common import names
from skm_common.problems import MEDIA_TYPE, problem

SERVER_NAME = names.service_name(names.KMS, names.NAMESPACE)
TOKEN = "the-operators-token"
DESTROY_AT = "2031-01-01T00:00:00Z"
_GOODBYE = 0.05

Place = tuple[str, str, str]


@dataclass
class KmsDouble:
    """The server. `objects` is what it holds by (kind, keystore, name); `calls` what it was asked.

    `refuse_with` is a problem code with which every call is answered, or None.
    """

    folder: Path
    objects: dict[Place, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    refuse_with: str | None = None
    token: str = TOKEN
    tls_name: str = SERVER_NAME
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def start(self) -> None:
        """Listens on a free port of 127.0.0.1; `port` doesn't change when it is started again."""
        ca = trustme.CA()
        self.ca_file.write_bytes(ca.cert_pem.bytes())
        self.token_file.write_text(TOKEN + "\n")
        self._leaf = ca.issue_cert(self.tls_name, "127.0.0.1")
        self.port = 0
        self.resume()

    def resume(self) -> None:
        """Listens (again)."""
        self._loop = asyncio.new_event_loop()
        started: Future[int] = Future()
        self._thread = threading.Thread(target=self._serve, args=(started,), daemon=True)
        self._thread.start()
        self.port = started.result(10)

    def stop(self) -> None:
        """Goes away; what it holds stays."""
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> Path:
        """The CA that signed its certificate."""
        return self.folder / "kms-ca.pem"

    @property
    def token_file(self) -> Path:
        """The token that it accepts."""
        return self.folder / "kms-token"

    def asked(self, method: str, path: str) -> int:
        """How often a call came."""
        return self.calls.count((method, path))

    def _serve(self, started: "Future[int]") -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._run(started))
        self._loop.close()

    async def _run(self, started: "Future[int]") -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._leaf.configure_cert(context)
        self._ending = asyncio.Event()
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        server = await self._loop.create_server(
            runner.server, "127.0.0.1", self.port, ssl=context, ssl_shutdown_timeout=_GOODBYE
        )
        started.set_result(server.sockets[0].getsockname()[1])
        await self._ending.wait()
        server.close()
        await runner.cleanup()
        # Callers that don't answer the TLS goodbye are cut off by then.
        await asyncio.sleep(2 * _GOODBYE)

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        store = "/v1/keystores/{keystore}"
        routes = {"Keystore": store, "Key": store + "/keys/{name}"}
        routes["AccessPolicy"] = store + "/policies/{name}"
        app.router.add_get("/v1/keystores", self._list("keystores", "Keystore"))
        app.router.add_get(store + "/keys", self._list("keys", "Key"))
        app.router.add_get(store + "/policies", self._list("policies", "AccessPolicy"))
        app.router.add_post(store + "/keys/{name}:rotate", self._rotate)
        for kind, path in routes.items():
            app.router.add_put(path, self._put(kind))
            app.router.add_delete(path, self._delete(kind))
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.calls.append((request.method, request.path))
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return refusal("unauthenticated", "the token isn't the operator's")
        if self.refuse_with is not None:
            return refusal(self.refuse_with, "told to refuse")
        answer: web.StreamResponse = await handler(request)
        return answer

    def _list(self, word: str, kind: str) -> Any:
        async def handle(request: web.Request) -> web.Response:
            keystore = request.match_info.get("keystore")
            items = [
                item
                for place, item in list(self.objects.items())
                if place[0] == kind and keystore in (None, place[1])
            ]
            return web.json_response({word: items})

        return handle

    def _put(self, kind: str) -> Any:
        async def handle(request: web.Request) -> web.Response:
            place = _place(kind, request)
            if kind != "Keystore" and ("Keystore", place[1], "") not in self.objects:
                return refusal("not_found", "no such keystore")
            body = await request.json()
            before = self.objects.get(place, {})
            if "destroyAt" in before and before["resource"]["uid"] == body["resource"]["uid"]:
                return refusal("conflict", "the resource is being deleted")
            return web.json_response(self.take(place, body))

        return handle

    def take(self, place: Place, body: dict[str, Any]) -> dict[str, Any]:
        """Stores what a PUT asks for."""
        kind, keystore, name = place
        before = self.objects.get(place, {})
        generated = "managed" not in body["desired"].get("secret", {})
        item = {
            "id": before.get("id", f"id-{next(self._ids)}"),
            "name": keystore if kind == "Keystore" else name,
            "generation": before.get("generation", 0) + 1,
            "state": "Active",
            "resource": {n: body["resource"][n] for n in ("uid", "generation")},
            "document": body["desired"],
            "conditions": before.get("conditions", []),
        }
        if kind == "Key":
            item["currentVersion"] = before.get("currentVersion", 1 if generated else 0)
            item["rotateAt"] = before.get("rotateAt")
        self.objects[place] = item
        return item

    def _delete(self, kind: str) -> Any:
        async def handle(request: web.Request) -> web.Response:
            place = _place(kind, request)
            item = self.objects.get(place)
            if item is None or item["resource"]["uid"] != request.query.get("uid"):
                return refusal("not_found", "no such object of this resource")
            if kind == "AccessPolicy":
                return web.json_response(self.objects.pop(place))
            if item["document"]["deletionPolicy"] == "Delete":
                item["destroyAt"] = DESTROY_AT
            else:
                item["orphaned"] = True
            return web.json_response(item)

        return handle

    async def _rotate(self, request: web.Request) -> web.Response:
        item = self.objects[_place("Key", request)]
        body = await request.json()
        if item.get("rotateAt") != body["rotateAt"]:
            item["currentVersion"] += 1
            item["rotateAt"] = body["rotateAt"]
        return web.json_response(item)


def refusal(code: str, detail: str) -> web.Response:
    """A problem document."""
    body = problem(code, detail)
    return web.json_response(body, status=body["status"], content_type=MEDIA_TYPE)


def _place(kind: str, request: web.Request) -> Place:
    return kind, request.match_info["keystore"], request.match_info.get("name", "")
