# SPDX-License-Identifier: Apache-2.0
"""The calls of the data plane that need no waiting: in memory from peer to answer (DESIGN §5).

    peer → access (identity, policy) → use case → record → answer

The protocol and the ASGI app both come through here, and both wait for the record afterwards.
"""

import msgspec

from skm_kms.audit import AuditRecord
from skm_kms.errors import RequestError
from skm_kms.service.access import Access, Grant
from skm_kms.service.auditing import Trail
from skm_kms.service.core import Core
from skm_kms.service.cryptography import decrypt, encrypt
from skm_kms.service.ledger import Ledger
from skm_kms.service.secrets import read_secret

from ..connection import Connection
from ..reply import Reply, problem_reply
from .bodies import DECRYPT, ENCRYPT, encode, read_body, secret_document, single
from .target import Target

PLANE = "data"
IMMEDIATE = frozenset({"ReadSecret", "Encrypt", "Decrypt"})


class Call(msgspec.Struct, frozen=True, gc=False):
    """One request: where it came from and what it asks; `line` is its method and target."""

    connection: Connection
    request: str
    line: bytes
    target: Target
    media: bytes
    body: bytes | bytearray

    def __repr__(self) -> str:
        return f"Call({self.request})"


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """An answer, and the record that must be durable before it; None where it was counted."""

    reply: Reply
    record: AuditRecord | None


class DataCalls:
    """Answers calls from memory."""

    def __init__(self, core: Core, access: Access, ledger: Ledger) -> None:
        self.core = core
        self.access = access
        self.ledger = ledger

    def perform(self, call: Call) -> Outcome:
        """The outcome of an immediate call; never raises a RequestError."""
        trail = self.trail(call)
        try:
            grant = self.grant(call, trail)
            reply = self._answer(call, grant, trail)
        except RequestError as error:
            return Outcome(problem_reply(error), self.ledger.refused(trail, error))
        return Outcome(reply, trail.record())

    def trail(self, call: Call) -> Trail:
        """The beginning of what is written down about a call."""
        target = call.target
        return Trail(
            time=self.core.clock.now(),
            request=call.request,
            plane=PLANE,
            operation=target.operation,
            peer=call.connection.peer,
            keystore=target.keystore,
            key=target.key,
        )

    def grant(self, call: Call, trail: Trail) -> Grant:
        """The grant for a call, made anew unless the connection's last one still holds."""
        kept = call.connection.grants.get(call.line)
        if kept is None or not self.access.holds(kept.grant):
            peer, target = call.connection.peer, call.target
            caller = self.access.caller(peer)
            trail.identified(caller)
            made = self.access.grant(peer, caller, target.keystore, target.key, target.operation)
            kept = call.connection.remember(call.line, made)
        trail.granted(kept.proof)
        return kept.grant

    def _answer(self, call: Call, grant: Grant, trail: Trail) -> Reply:
        state, vault, target = self.core.state, self.core.vault, call.target
        if target.operation == "ReadSecret":
            read = read_secret(state, vault, grant, target.version, target.field)
            trail.version = read.version
            return Reply(200, secret_document(read))
        if target.operation == "Encrypt":
            asked = read_body(ENCRYPT, call.body, call.media)
            plaintext = single("plaintext", asked.plaintext, asked.items)
            made, trail.version = encrypt(state, vault, grant, plaintext, asked.aad)
            return Reply(200, encode({"ciphertext": made, "version": trail.version}))
        given = read_body(DECRYPT, call.body, call.media)
        ciphertext = single("ciphertext", given.ciphertext, given.items)
        opened, trail.version = decrypt(state, vault, grant, ciphertext, given.aad)
        return Reply(200, encode({"plaintext": opened, "version": trail.version}))
