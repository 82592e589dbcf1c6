# SPDX-License-Identifier: Apache-2.0
"""A certificate leaves the identity plane only after the record of its issue is durable."""

import asyncio
import json

import pytest
from identity_doubles import ADDRESS, make_csr

from skm_kms.api.connection import Connection
from skm_kms.api.identity import IdentityApp
from skm_kms.audit import AuditUnavailableError
from skm_kms.identity import InternalIssuer, Peer
from skm_kms.service.ledger import Ledger


class HeldLog:
    """An audit log that takes records and makes them durable, or fails, when the test says so."""

    def __init__(self):
        self.taken = asyncio.Event()
        self.durable = asyncio.get_running_loop().create_future()

    async def record(self, _record):
        self.taken.set()
        await self.durable

    def append(self, _record, done):
        self.taken.set()
        self.durable.add_done_callback(lambda future: done(future.exception()))


@pytest.fixture
async def log():
    return HeldLog()


async def ask(world, log, sent):
    """A first certificate asked for by the honest pod; what is answered comes into `sent`."""
    issuer, ledger = InternalIssuer(world.authority), Ledger(log, world.clock)
    app = IdentityApp(world.identity, lambda: issuer, lambda: "", lambda: ledger, world.clock)
    scope = {
        "method": "POST",
        "path": "/v1/identity",
        "headers": [(b"authorization", b"Bearer pod"), (b"content-type", b"application/json")],
        "extensions": {"skm": Connection(Peer(ADDRESS))},
    }

    async def receive():
        return {"body": json.dumps({"csr": make_csr()[1].decode()}).encode()}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)


async def taken(world, log):
    """The call under way, its record taken and not durable yet."""
    sent = []
    call = asyncio.create_task(ask(world, log, sent))
    await asyncio.wait_for(log.taken.wait(), 10)
    for _ in range(10):
        await asyncio.sleep(0)
    return call, sent


async def test_a_certificate_waits_for_its_record(world, log):
    call, sent = await taken(world, log)
    assert sent == []
    log.durable.set_result(None)
    await call
    assert sent[0]["status"] == 200
    assert b"BEGIN CERTIFICATE" in sent[1]["body"]


async def test_without_a_record_no_certificate_is_handed_out(world, log):
    call, sent = await taken(world, log)
    log.durable.set_exception(AuditUnavailableError("the disk is full"))
    await call
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (503, "unavailable")
    assert b"CERTIFICATE" not in sent[1]["body"]
