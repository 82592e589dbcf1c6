# SPDX-License-Identifier: Apache-2.0
"""A certificate leaves the identity plane only after the record of its issue is durable."""

import json

import pytest
from identity_doubles import ADDRESS, make_csr

from skm_kms.api.connection import Connection
from skm_kms.api.identity import IdentityApp
from skm_kms.audit import AuditLog
from skm_kms.clock import SystemClock
from skm_kms.crypto import CheckpointSigner, SystemKey
from skm_kms.identity import InternalIssuer, Peer
from skm_kms.service.ledger import Ledger


@pytest.fixture
def log(tmp_path):
    signer = CheckpointSigner(SystemKey.from_material(1, b"\x33" * 32))
    opened = AuditLog.open(tmp_path, "skm.dev/audit/skm-kms-0", signer, SystemClock())
    yield opened
    opened.close()


async def ask(world, ledger):
    """The status and body of a first certificate asked for by the honest pod."""
    issuer = InternalIssuer(world.authority)
    app = IdentityApp(world.identity, lambda: issuer, lambda: "", lambda: ledger, world.clock)
    scope = {
        "method": "POST",
        "path": "/v1/identity",
        "headers": [(b"authorization", b"Bearer pod"), (b"content-type", b"application/json")],
        "extensions": {"skm": Connection(Peer(ADDRESS))},
    }
    sent = []

    async def receive():
        return {"body": json.dumps({"csr": make_csr()[1].decode()}).encode()}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_a_certificate_is_issued_while_the_log_can_be_written(world, log):
    status, body = await ask(world, Ledger(log, world.clock))
    assert (status, b"BEGIN CERTIFICATE" in body) == (200, True)


async def test_without_a_record_no_certificate_is_handed_out(world, log):
    log.close()
    status, body = await ask(world, Ledger(log, world.clock))
    assert (status, json.loads(body)["code"]) == (503, "unavailable")
    assert b"CERTIFICATE" not in body
