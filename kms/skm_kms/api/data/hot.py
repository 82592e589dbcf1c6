# SPDX-License-Identifier: Apache-2.0
"""Hot calls answered in the protocol: no task, no scope, one write after the audit batch.

Encrypt, decrypt and plain reads of a secret are taken here; every other request goes the way of
ASGI. Both ways share the parser, the limits, the order of answers and `DataCalls`, and one contract
suite runs over both.
"""

import logging
from typing import Any, Final

from uvicorn.config import Config

from skm_kms.errors import RequestError
from skm_kms.service.ledger import no_record

from ..crowd import Crowd
from ..limits import Limits
from ..protocol import PlaneProtocol
from ..reply import Reply, problem, problem_reply
from ..request_id import request_id
from .calls import IMMEDIATE, Call, DataCalls
from .target import Target, parse_target

_log: Final = logging.getLogger("skm_kms.api")
_KEPT: Final = 4096


class HotCycle:
    """One hot call from its head to its answer; stands in for uvicorn's RequestResponseCycle."""

    __slots__ = (
        "body",
        "disconnected",
        "keep_alive",
        "line",
        "media",
        "message_event",
        "more_body",
        "protocol",
        "request",
        "response_complete",
        "target",
    )

    def __init__(
        self, protocol: "HotProtocol", line: bytes, target: Target, *, keep_alive: bool
    ) -> None:
        self.protocol = protocol
        self.line = line
        self.target = target
        self.media = protocol.once.get(b"content-type", b"")
        self.request = request_id(protocol.once.get(b"x-request-id"))
        self.keep_alive = keep_alive
        self.body = bytearray()
        self.more_body = True
        self.disconnected = False
        self.response_complete = False
        self.message_event = _NOBODY_WAITS

    def run(self, calls: DataCalls) -> None:
        """Perform the call; the answer follows when its record is durable."""
        outcome = calls.perform(
            Call(
                self.protocol.connection,
                self.request.decode(),
                self.line,
                self.target,
                self.media,
                self.body,
            )
        )
        if outcome.record is None:
            self.answer(outcome.reply)
            return

        def done(error: BaseException | None) -> None:
            self.answer(outcome.reply if error is None else NO_RECORD)

        try:
            calls.ledger.append(outcome.record, done)
        except RequestError as error:
            self.answer(problem_reply(error))

    def answer(self, reply: Reply) -> None:
        """Write the whole answer at once."""
        self.response_complete = True
        protocol = self.protocol
        if self.disconnected or protocol.transport.is_closing():
            protocol.busy = False
            return
        protocol.transport.write(reply.message(self.request, close=not self.keep_alive))
        if not self.keep_alive:
            protocol.transport.close()
        protocol.on_response_complete()


class _Nobody:
    """The event of a call that no task waits for."""

    def set(self) -> None:
        """Wake nobody."""


_NOBODY_WAITS: Final = _Nobody()
NO_RECORD: Final = problem_reply(no_record())


class HotProtocol(PlaneProtocol):
    """A connection of the data plane; `calls` answers what is hot."""

    def __init__(self, config: Config, crowd: Crowd, limits: Limits, calls: DataCalls) -> None:
        super().__init__(config, crowd, limits)
        self.calls = calls

    def begin(self, method: bytes, *, keep_alive: bool) -> Any:
        """A hot cycle for a hot call, else whatever answers on the way of ASGI."""
        line = method + b" " + self.url
        target = _TARGETS.get(line) or _hot_target(method, self.url, line)
        if target is None:
            return super().begin(method, keep_alive=keep_alive)
        return HotCycle(self, line, target, keep_alive=keep_alive)

    def start(self, cycle: Any) -> None:
        """Answer a hot call here and now."""
        if not isinstance(cycle, HotCycle):
            super().start(cycle)
            return
        try:
            cycle.run(self.calls)
        except Exception:  # noqa: BLE001 - the outermost edge: one call's fault is answered 500
            _log.exception("request %s failed", cycle.request.decode())
            cycle.answer(problem("internal", "the server failed"))


_TARGETS: Final[dict[bytes, Target]] = {}


def _hot_target(method: bytes, url: bytes, line: bytes) -> Target | None:
    """The target of a hot call, or None; what can't be parsed is refused on the other way."""
    path, _, query = url.decode("latin-1").partition("?")
    try:
        target = parse_target(method.decode("ascii"), path, query)
    except RequestError:
        return None
    if target.operation not in IMMEDIATE or target.after is not None:
        return None
    if len(_TARGETS) >= _KEPT:
        _TARGETS.clear()
    _TARGETS[line] = target
    return target
