# SPDX-License-Identifier: Apache-2.0
"""The one door to the audit log: a record for each answer, an aggregate for what is counted."""

from collections.abc import Callable

from skm_kms.audit import AuditError, AuditLog, AuditRecord, RefusalCounter
from skm_kms.clock import Clock
from skm_kms.errors import RequestError, UnavailableError

from .auditing import Trail, aggregate, count_refusal

Done = Callable[[BaseException | None], None]


class Ledger:
    """Writes what trails say; nothing is answered before it is durable (DESIGN §8)."""

    def __init__(self, log: AuditLog, clock: Clock) -> None:
        self.log = log
        self._clock = clock
        self._counters: dict[str, RefusalCounter] = {}

    def refused(self, trail: Trail, error: RequestError) -> AuditRecord | None:
        """The record of a refusal, or None where it was only counted."""
        if trail.known:
            return trail.record(error)
        count_refusal(self._counter(trail.plane), trail, error)
        return None

    def count(self, trail: Trail, what: str) -> None:
        """Count a call that is neither refused nor worth a record of its own."""
        self._counter(trail.plane).add(trail.peer.address, what, trail.time)

    def append(self, record: AuditRecord, done: Done) -> None:
        """Add a record; `done` is told in this loop when it is durable. Raises UnavailableError."""
        try:
            self.log.append(record.encode(), done)
        except AuditError as error:
            raise no_record() from error

    async def write(self, record: AuditRecord) -> None:
        """Add a record and wait until it is durable; raises UnavailableError otherwise."""
        try:
            await self.log.record(record.encode())
        except AuditError as error:
            raise no_record() from error

    async def flush(self, *, everything: bool = False) -> None:
        """Write what was counted, once its interval is over or all of it."""
        now = self._clock.now()
        for plane, counter in self._counters.items():
            for counted in counter.drain() if everything else counter.due(now):
                await self.write(aggregate(counted, plane, "aggregate"))

    def _counter(self, plane: str) -> RefusalCounter:
        return self._counters.setdefault(plane, RefusalCounter())


def no_record() -> UnavailableError:
    """The answer where the record of a call can't be made durable."""
    return UnavailableError("the audit log can't be written now, so nothing is answered")
