# SPDX-License-Identifier: Apache-2.0
"""Deadlines of a plane, with short limits: slow headers, slow bodies, idle and unread ones."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from skm_kms.api.limits import Limits
from skm_kms.api.plane import Plane

Message = MutableMapping[str, Any]
SHORT = Limits(
    body_bytes=1024,
    header_seconds=0.3,
    body_seconds=0.3,
    idle_seconds=0.6,
    stall_seconds=0.5,
    connections=8,
    connections_of_one=4,
)
LARGE = b"x" * (8 * 1024 * 1024)
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Any]
) -> None:
    """Answers with the body it got, or with more than anybody's buffers take."""
    body = (await receive())["body"]
    if scope["path"] == "/slow":
        await asyncio.sleep(0.8)
    answer = LARGE if scope["path"] == "/large" else body
    length = (b"content-length", b"%d" % len(answer))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": answer})


class Served:
    """A plane in this loop, and connections to it."""

    def __init__(self) -> None:
        self.plane = Plane("test", application, SHORT, sweep_seconds=0.05)
        self.port = 0

    async def connect(
        self, source: str = "127.0.0.1"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    found = Served()
    found.port = await found.plane.listen("127.0.0.1", 0)
    yield found
    await found.plane.drain(1)


async def ended(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the last answer, once the server has closed."""
    data = await asyncio.wait_for(reader.read(), 5)
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, body


async def test_headers_that_dont_arrive_are_answered_408(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(HEAD)
    begun = time.monotonic()
    status, body = await ended(reader)
    assert (status, json.loads(body)["code"]) == (408, "request_timeout")
    assert time.monotonic() - begun >= 0.3
    writer.close()


async def test_headers_that_trickle_are_answered_408(served: Served) -> None:
    reader, writer = await served.connect()
    ending = asyncio.ensure_future(ended(reader))
    writer.write(HEAD)
    while not ending.done():
        writer.write(b"X-A: b\r\n")
        await asyncio.sleep(0.05)
    assert ending.result()[0] == 408
    writer.close()


async def test_a_body_that_doesnt_arrive_is_answered_408(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(HEAD + b"Content-Length: 10\r\n\r\nabc")
    status, body = await ended(reader)
    assert (status, json.loads(body)["code"]) == (408, "request_timeout")
    writer.close()


async def test_a_connection_without_a_request_is_closed(served: Served) -> None:
    reader, writer = await served.connect()
    assert await ended(reader) == (0, b"")
    writer.close()


async def test_a_kept_connection_is_closed_only_when_it_has_been_idle(served: Served) -> None:
    reader, writer = await served.connect()
    for _ in range(4):
        writer.write(HEAD + b"Content-Length: 2\r\n\r\nhi")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert b" 200 " in head
        assert await reader.readexactly(2) == b"hi"
        await asyncio.sleep(0.4)
    assert await ended(reader) == (0, b"")
    writer.close()


async def test_a_long_answer_is_no_slow_client(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.close()


async def test_a_client_that_reads_no_answers_is_cut_off(served: Served) -> None:
    _, writer = await served.connect()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    deadline = time.monotonic() + 5
    await asyncio.sleep(0.2)
    while served.plane.state.connections:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    writer.close()


async def test_more_connections_than_allowed_are_turned_away(served: Served) -> None:
    sources = [f"127.0.0.{2 + number}" for number in range(SHORT.connections)]
    held = [await served.connect(source) for source in sources]
    reader, writer = await served.connect()
    status, body = await ended(reader)
    assert (status, json.loads(body)["code"]) == (503, "unavailable")
    for _, one in [*held, (reader, writer)]:
        one.close()


async def test_one_address_takes_its_share_of_connections_and_no_more(served: Served) -> None:
    """A stranger who needs no certificate to connect must leave room for everybody else."""
    held = [await served.connect("127.0.0.2") for _ in range(SHORT.connections_of_one)]
    reader, writer = await served.connect("127.0.0.2")
    status, body = await ended(reader)
    assert (status, json.loads(body)["code"]) == (503, "unavailable")
    other, other_writer = await served.connect("127.0.0.3")
    other_writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await ended(other))[0] == 200
    for _, one in [*held, (reader, writer), (other, other_writer)]:
        one.close()
    async with asyncio.timeout(5):
        while served.plane.state.connections:  # noqa: ASYNC110 - the set tells nobody
            await asyncio.sleep(0.01)
    again, again_writer = await served.connect("127.0.0.2")
    again_writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await ended(again))[0] == 200
    again_writer.close()


async def test_draining_answers_what_is_under_way_and_takes_nothing_new(served: Served) -> None:
    reader, writer = await served.connect()
    idle, idle_writer = await served.connect()
    writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(0.1)
    await served.plane.drain(5)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert b" 200 " in head
    assert b"connection: close" in head.lower()
    assert await idle.read() == b""
    with pytest.raises(ConnectionRefusedError):
        await served.connect()
    writer.close()
    idle_writer.close()


async def test_a_drain_that_takes_too_long_is_cut_short(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    await served.plane.drain(0.2)
    assert time.monotonic() - begun < 0.7
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
