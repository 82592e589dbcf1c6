# SPDX-License-Identifier: Apache-2.0
"""Lists and watches against a small real HTTPS server that misbehaves as API servers do."""

import asyncio
import contextlib
import json
import ssl

import pytest
import trustme
from aiohttp import web

from skm_common import names
from skm_injector.webhook.cluster import PAGE, Cluster
from skm_injector.webhook.errors import ClusterError
from skm_injector.webhook.knowledge import Knowledge, ask_now
from skm_injector.webhook.watches import follow


def key(name, version="1", keystore="orders"):
    return {
        "apiVersion": names.API_VERSION,
        "kind": "Key",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": "u",
            "generation": 1,
            "resourceVersion": version,
        },
        "spec": {"keystoreRef": {"name": keystore}, "secret": {"managed": {}}},
    }


class Api:
    """Keys in pages, and scripted watches: each is a list of byte chunks, then its end."""

    def __init__(self):
        self.keys = []
        self.watches = []
        self.seen = []
        self.lists = 0
        self.failing = 0

    async def handle(self, request):
        self.seen.append(request)
        if self.failing:
            self.failing -= 1
            return web.Response(status=500)
        if "watch" in request.query:
            return await self._watch(request)
        self.lists += 1
        begin = int(request.query.get("continue", 0))
        end = begin + int(request.query["limit"])
        more = {"continue": str(end)} if end < len(self.keys) else {}
        found = self.keys[begin:end] if request.path.endswith("/keys") else []
        return web.json_response({"metadata": {"resourceVersion": "100", **more}, "items": found})

    async def _watch(self, request):
        response = web.StreamResponse()
        await response.prepare(request)
        if not self.watches:
            await asyncio.Event().wait()
        for chunk in self.watches.pop(0):
            await response.write(chunk)
        return response


@pytest.fixture
async def api(tmp_path):
    api = Api()
    application = web.Application()
    application.router.add_get("/{path:.*}", api.handle)
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "token").write_text("the-token\n")
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    address = f"https://127.0.0.1:{port}"
    async with Cluster(address, str(tmp_path / "ca.pem"), str(tmp_path / "token")) as cluster:
        api.cluster = cluster
        yield api
    await runner.cleanup()


@contextlib.asynccontextmanager
async def following(api):
    """The keys as a follower keeps them."""
    knowledge = Knowledge()
    task = asyncio.create_task(follow(knowledge.kinds["Key"], api.cluster))
    try:
        yield lambda: sorted(knowledge.of("shop").keys)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(holds):
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - a real server is watched from outside
            await asyncio.sleep(0.01)


def event(kind, resource):
    return json.dumps({"type": kind, "object": resource}).encode() + b"\n"


GONE = event("ERROR", {"kind": "Status", "code": 410})


async def test_a_list_comes_in_pages(api):
    api.keys = [key(f"k{n}") for n in range(int(PAGE) + 1)]
    items, version = await api.cluster.list("/apis/skm.dev/v1alpha1/keys")
    assert (len(items), version) == (int(PAGE) + 1, "100")
    assert api.lists == 2
    assert api.seen[0].headers["Authorization"] == "Bearer the-token"


async def test_events_are_followed_however_they_are_cut(api):
    api.keys = [key("a")]
    long = key("b", "2")
    long["metadata"]["managedFields"] = [{"x": "y" * 300_000}]
    stream = event("ADDED", long) + event("DELETED", key("a", "3"))
    api.watches = [[stream[:10], stream[10:200_000], stream[200_000:]]]
    async with following(api) as found:
        await until(lambda: found() == ["b"])


async def test_a_watch_that_ends_goes_on_from_where_it_was(api):
    bookmark = {"kind": "Key", "metadata": {"resourceVersion": "7"}}
    api.watches = [[event("ADDED", key("a", "5")), event("BOOKMARK", bookmark)]]
    async with following(api) as found:
        await until(lambda: len([r for r in api.seen if "watch" in r.query]) == 2)
        assert found() == ["a"]
    versions = [r.query["resourceVersion"] for r in api.seen if "watch" in r.query]
    assert versions == ["100", "7"]
    assert api.lists == 1


async def test_a_server_that_forgot_is_listed_again(api):
    api.keys = [key("a")]
    api.watches = [[event("ADDED", key("stale", "2")), GONE]]
    async with following(api) as found:
        await until(lambda: api.lists == 2)
        await until(lambda: found() == ["a"])


@pytest.mark.parametrize("chunk", [b"{broken\n", b'"text"\n'])
async def test_an_event_that_can_t_be_read_begins_anew(api, chunk):
    api.watches = [[chunk]]
    async with following(api):
        await until(lambda: api.lists == 2)


async def test_a_failing_server_is_asked_again(api):
    api.keys = [key("a")]
    api.failing = 2
    async with following(api) as found:
        await until(lambda: found() == ["a"])


async def test_an_answer_other_than_success_is_an_error_that_names_the_path(api):
    api.failing = 1
    with pytest.raises(ClusterError, match="500 for /version"):
        await api.cluster.get("/version")


async def test_asking_now_reads_the_namespace_s_three_kinds(api):
    api.keys = [key("a")]
    facts = await ask_now(api.cluster, "shop")
    assert list(facts.keys) == ["a"]
    assert {request.path.rpartition("/")[2] for request in api.seen} == set(names.PLURALS.values())
    assert all("/namespaces/shop/" in request.path for request in api.seen)
