# SPDX-License-Identifier: Apache-2.0
"""The KMS's side alone, against a small HTTPS server whose answers come in pieces."""

import asyncio
import time

import aiohttp
import pytest
from aiohttp import web

from skm_common import names
from skm_kms.identity import InternalIssuer
from skm_kms.install.ca import make_ca
from skm_kms.systemkey import SystemKeyClient
from skm_kms.systemkey.answer import whole
from skm_kms.tls import client_context, server_context

SERVER_NAME = names.service_name(names.KMS, names.NAMESPACE)
ANSWER = b'{"installation": "i-1", "keys": [{"version": 1, "wrapped": "c2VhbGVk"}]}'


@pytest.fixture
async def server():
    """The address, and the CA, of a server that gives ANSWER byte by byte."""
    ca = make_ca(1, time.time())
    issuer = InternalIssuer.load(ca.certificate, ca.key)
    pair, trusted = issuer.server(time.time()), ca.certificate.decode()

    async def in_pieces(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(ANSWER))})
        await response.prepare(request)
        for at in range(len(ANSWER)):
            await response.write(ANSWER[at : at + 1])
            for _ in range(5):
                await asyncio.sleep(0)
        return response

    app = web.Application()
    app.router.add_get("/v1/system-keys", in_pieces)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    tls = server_context(pair.certificate, pair.key)
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    yield f"127.0.0.1:{runner.addresses[0][1]}", client_context(trusted)
    await runner.cleanup()


async def test_an_answer_that_comes_in_pieces_is_read_whole(server):
    address, tls = server
    held = await SystemKeyClient(address, SERVER_NAME, lambda: tls).list()
    assert held.installation == "i-1"
    assert [key.wrapped for key in held.keys] == [b"sealed"]


async def test_no_answer_above_the_maximum_is_read(server):
    address, tls = server
    url = f"https://{address}/v1/system-keys"
    async with aiohttp.ClientSession() as session:
        async with session.get(url, ssl=tls, server_hostname=SERVER_NAME) as answer:
            assert await whole(answer, len(ANSWER)) == ANSWER
        async with session.get(url, ssl=tls, server_hostname=SERVER_NAME) as answer:
            with pytest.raises(aiohttp.ClientPayloadError, match="more than"):
                await whole(answer, len(ANSWER) - 1)
