# SPDX-License-Identifier: Apache-2.0
"""Lists and watches by the real client against a small server: ends, gaps, silence, errors."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web
from identity_doubles import HandClock, uid
from identity_doubles import pod as make_pod
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException

from skm_kms.identity import KubeClient, connect, reading
from skm_kms.identity.errors import KubeRefusedError, KubeUnreachableError
from skm_kms.identity.kube import MAXIMUM_LINE
from skm_kms.identity.tables import PodTable
from skm_kms.identity.watch import Source, Watch


class Server:
    """An API server of one kind, by script: each watch takes the next script of lines."""

    def __init__(self):
        self.pages = [[]]
        self.version = 10
        self.lists = 0
        self.watches = []
        self.scripts = asyncio.Queue()
        self.status = 200
        self.headers = []

    async def handle(self, request):
        self.headers.append(dict(request.headers))
        if self.status != 200:
            return web.Response(status=self.status)
        if "watch" in request.query:
            return await self.watch(request)
        number = int(request.query.get("continue", "0"))
        self.lists += number == 0
        more = str(number + 1) if number + 1 < len(self.pages) else ""
        metadata = {"resourceVersion": str(self.version), "continue": more}
        return web.json_response({"metadata": metadata, "items": self.pages[number]})

    async def watch(self, request):
        self.watches.append(request.query["resourceVersion"])
        response = web.StreamResponse()
        await response.prepare(request)
        script = await self.scripts.get()
        hangs = script[-1:] == ["hang"]
        for line in script[: len(script) - hangs]:
            await response.write(line if isinstance(line, bytes) else json.dumps(line).encode())
            await response.write(b"\n")
        if hangs:
            await asyncio.sleep(60)
        return response


def stamped(number, version, **changes):
    document = make_pod(number, **changes)
    document["metadata"]["resourceVersion"] = str(version)
    return document


def event(kind, number, version, **changes):
    return {"type": kind, "object": stamped(number, version, **changes)}


def bookmark(version):
    return {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(version)}}}


@asynccontextmanager
async def serving():
    server = Server()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    configuration = Configuration()
    configuration.host = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    configuration.api_key["BearerToken"] = "bearer secret"
    client = KubeClient(configuration)
    try:
        yield server, client
    finally:
        await client.close()
        await runner.cleanup()


@asynccontextmanager
async def watching():
    async with serving() as (server, client):
        table, clock, changes = PodTable(), HandClock(), asyncio.Queue()
        watch = Watch(
            client,
            Source("/api/v1/pods", reading.read_pod),
            table,
            clock,
            changed=lambda: changes.put_nowait(None),
            jitter=lambda: 0.0,
        )
        task = asyncio.get_running_loop().create_task(watch.run())
        try:
            yield server, watch, table, clock
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def drain(client, silence):
    async with client.watch("/x?watch=1&resourceVersion=1", silence) as lines:
        return [line async for line in lines]


async def until(holds):
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - the other side is a real server
            await asyncio.sleep(0.005)


async def test_a_list_is_read_page_by_page_and_then_followed():
    async with watching() as (server, _watch, table, _):
        server.pages = [[stamped(1, 5)], [stamped(2, 6)]]
        server.scripts.put_nowait([event("ADDED", 3, 11), event("DELETED", 1, 12)])
        await until(lambda: table.get(uid(3)) and not table.get(uid(1)))
        assert table.get(uid(2)) is not None
        await until(lambda: len(server.watches) == 2)
        assert server.watches == ["10", "12"]
        assert server.lists == 1


async def test_a_watch_goes_on_from_its_bookmark():
    async with watching() as (server, _watch, _table, _):
        server.scripts.put_nowait([bookmark(40)])
        await until(lambda: len(server.watches) == 2)
        assert server.watches == ["10", "40"]


async def test_events_bookmarks_and_new_watches_confirm_the_facts():
    async with watching() as (server, watch, table, clock):
        await until(lambda: server.watches)
        clock.advance(5)
        server.scripts.put_nowait([bookmark(11)])
        await until(lambda: watch.confirmed == clock.monotonic())
        await until(lambda: len(server.watches) == 2)
        clock.advance(5)
        server.scripts.put_nowait([])
        await until(lambda: watch.confirmed == clock.monotonic())
        clock.advance(5)
        server.scripts.put_nowait([event("ADDED", 1, 12), "hang"])
        await until(lambda: table.get(uid(1)))
        assert watch.confirmed == clock.monotonic()
        assert len(server.watches) == 3


async def test_an_open_watch_that_brings_nothing_confirms_nothing():
    async with watching() as (server, watch, _table, clock):
        await until(lambda: server.watches)
        await until(lambda: watch.confirmed == clock.monotonic())
        clock.advance(20)
        await asyncio.sleep(0.05)
        assert clock.monotonic() - watch.confirmed == 20


@pytest.mark.parametrize("where", ["event", "status"])
async def test_a_version_that_is_too_old_is_listed_again(where):
    async with watching() as (server, _watch, table, _):
        await until(lambda: server.watches)
        server.pages, server.version = [[stamped(2, 50)]], 50
        if where == "event":
            server.scripts.put_nowait([{"type": "ERROR", "object": {"code": 410}}])
        else:
            server.status = 410
            server.scripts.put_nowait([])
            await until(lambda: len(server.headers) > 5)
            server.status = 200
        await until(lambda: table.get(uid(2)) is not None)
        await until(lambda: server.watches[-1] == "50")


async def test_a_cluster_that_was_restored_is_read_anew():
    async with watching() as (server, _watch, table, _):
        server.pages, server.version = [[stamped(1, 90), stamped(2, 91)]], 95
        await until(lambda: server.watches)
        server.pages, server.version = [[stamped(1, 40, phase="Failed")]], 50
        server.scripts.put_nowait([{"type": "ERROR", "object": {"code": 504}}])
        await until(lambda: server.watches[-1] == "50")
        assert table.get(uid(1)).finished
        assert table.is_gone(uid(2))


@pytest.mark.parametrize("status", [500, 503, 429, 403, 404])
async def test_trouble_is_told_and_overcome(status):
    async with watching() as (server, watch, table, _):
        server.status = status
        await until(lambda: watch.trouble is not None)
        server.pages = [[stamped(1, 5)]]
        server.status = 200
        server.scripts.put_nowait([event("ADDED", 1, 11)])
        await until(lambda: table.get(uid(1)) and watch.trouble is None)


OPAQUE = {"type": "ADDED", "object": stamped(1, "opaque")}


@pytest.mark.parametrize("line", [b"no json", {"type": "ADDED", "object": {}}, b"", OPAQUE])
async def test_a_line_that_cannot_be_read_is_no_event(line):
    async with watching() as (server, watch, table, _):
        server.scripts.put_nowait([line])
        await until(lambda: watch.trouble is not None)
        server.pages = [[stamped(1, 5)]]
        await until(lambda: table.get(uid(1)))


async def test_a_connection_that_falls_silent_is_given_up():
    async with serving() as (server, client):
        server.scripts.put_nowait(["hang"])
        with pytest.raises(KubeUnreachableError):
            await drain(client, 0.2)


async def test_events_of_any_size_up_to_the_limit_are_read_whole():
    async with serving() as (server, client):
        big = b"x" * (MAXIMUM_LINE - 1)
        server.scripts.put_nowait([b"a", big, b"b"])
        assert await drain(client, 5.0) == [b"a", big, b"b"]
        server.scripts.put_nowait([b"x" * MAXIMUM_LINE])
        with pytest.raises(KubeUnreachableError):
            await drain(client, 5.0)


@pytest.mark.parametrize(
    ("status", "error"),
    [(410, KubeRefusedError), (429, KubeUnreachableError), (500, KubeUnreachableError)],
)
async def test_each_answer_is_its_own_error(status, error):
    async with serving() as (server, client):
        server.status = status
        with pytest.raises(error):
            await client.get("/x")
        with pytest.raises(error):
            await drain(client, 1.0)


async def test_absence_is_an_answer_and_a_refusal_is_definite():
    async with serving() as (server, client):
        server.status = 404
        assert await client.get("/x") is None
        server.status = 403
        with pytest.raises(KubeRefusedError) as caught:
            await client.create("/x", b"{}")
        assert caught.value.status == 403


async def test_the_credentials_go_with_each_call_and_into_no_error():
    async with serving() as (server, client):
        server.status = 403
        with pytest.raises(KubeRefusedError) as caught:
            await client.get("/x")
        assert server.headers[0]["Authorization"] == "bearer secret"
        assert "secret" not in repr(caught.value)


async def test_nobody_there_is_unreachable():
    configuration = Configuration()
    configuration.host = "http://127.0.0.1:1"
    client = KubeClient(configuration)
    with pytest.raises(KubeUnreachableError):
        await client.get("/x")
    await client.close()


async def test_without_a_configuration_there_is_no_client(tmp_path):
    with pytest.raises(KubeUnreachableError):
        await connect(tmp_path / "none")


async def test_a_token_that_is_just_being_replaced_is_trouble_that_passes():
    async with serving() as (_server, client):

        def refresh(_configuration):
            raise ConfigException("Token file exists but empty.")

        client._configuration.refresh_api_key_hook = refresh
        with pytest.raises(KubeUnreachableError):
            await client.get("/x")
        with pytest.raises(KubeUnreachableError):
            await drain(client, 1.0)
