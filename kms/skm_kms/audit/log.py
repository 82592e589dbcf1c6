# SPDX-License-Identifier: Apache-2.0
"""The audit log of one replica: no answer before the record is durable (DESIGN §8).

Records that arrive while a batch is being committed form the next batch. The event loop hears of
a batch once.
"""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from skm_common.tlog import CHECKPOINT_PATH, Verifier, format_verifier_key, parse_tile_path
from skm_kms.clock import Clock
from skm_kms.crypto import verify_ed25519
from skm_kms.durable import make_directory

from .committer import Committer, Done, Waiting
from .errors import AuditLockedError, AuditRecordTooLargeError, AuditUnavailableError
from .journal import Sync
from .writer import SEGMENT_SIZE, LogWriter, Signer

MAXIMUM_RECORD: Final = 60 * 1024
MAXIMUM_WAITING: Final = 8192
"""Records that may wait for their batch; the next one is refused."""
MAXIMUM_WAITING_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the log can't write, and since when (Unix seconds)."""

    reason: str
    since: float


class AuditLog:
    """An open log. Everything but `close` is for the thread of one event loop."""

    def __init__(self, writer: LogWriter, verifier: Verifier, clock: Clock, lock: int) -> None:
        self.origin = verifier.name
        self.verifier_key = format_verifier_key(verifier.name, verifier.public_key)
        self.failure: Failure | None = None
        self._writer = writer
        self._clock = clock
        self._lock = lock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bytes = 0
        self._closed = False
        self._committer = Committer(writer, self._report)

    @classmethod
    def open(
        cls,
        directory: Path,
        origin: str,
        signer: Signer,
        clock: Clock,
        *,
        sync: Sync = os.fdatasync,
        segment_size: int = SEGMENT_SIZE,
    ) -> Self:
        """Open the log in `directory`, recovering it; takes seconds, so call it off the loop.

        Raises AuditLockedError, AuditCorruptError (nothing was written) or OSError.
        """
        make_directory(directory)
        lock = _take_lock(directory / "lock")
        verifier = Verifier(origin, signer.public_key, verify_ed25519)
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, lock)
            writer = LogWriter(directory, verifier, signer, sync, segment_size)
            undo.pop_all()
        return cls(writer, verifier, clock, lock)

    @property
    def healthy(self) -> bool:
        """Whether the last attempt to write succeeded; an unhealthy log tries again by itself."""
        return self.failure is None and not self._closed

    def append(self, record: bytes, done: Done) -> None:
        """Add a record; `done` runs in this loop once it is durable, or never will be.

        `done` must not raise. Raises AuditRecordTooLargeError (1 byte to 60 KiB are taken) and,
        if too much waits already or the log is closed, AuditUnavailableError.
        """
        size = len(record)
        if not 0 < size <= MAXIMUM_RECORD:
            raise AuditRecordTooLargeError(f"an audit record has 1 to {MAXIMUM_RECORD} bytes")
        if self._closed:
            raise AuditUnavailableError("the audit log is closed")
        if len(self._committer) >= MAXIMUM_WAITING or self._bytes + size > MAXIMUM_WAITING_BYTES:
            raise AuditUnavailableError("too many audit records wait to be written")
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._bytes += size
        self._committer.put((record, done))

    async def record(self, record: bytes) -> None:
        """Add a record and wait until it is durable; raises AuditUnavailableError otherwise."""
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: BaseException | None) -> None:
            if durable.done():
                return
            if error is None:
                durable.set_result(None)
            else:
                durable.set_exception(error)

        self.append(record, done)
        await durable

    def _report(self, batch: list[Waiting], error: Exception | None, in_loop: bool) -> None:
        """Take a batch's outcome: in the loop, or on the thread that closes the log."""
        outcome: AuditUnavailableError | None = None
        if error is None:
            self.failure = None
        else:
            outcome = AuditUnavailableError(f"the audit log cannot be written: {error}")
            since = self.failure.since if self.failure else self._clock.now()
            self.failure = Failure(str(error), since)
        if batch and self._loop is not None:
            # Never under the committer's guard: what is told may add the next record. A loop that
            # was closed before its log has nobody left to tell.
            tell = self._loop.call_soon if in_loop else self._loop.call_soon_threadsafe
            with contextlib.suppress(RuntimeError):
                tell(self._settle, iter(batch), outcome)

    def _settle(self, batch: Iterator[Waiting], outcome: AuditUnavailableError | None) -> None:
        try:
            for record, done in batch:
                self._bytes -= len(record)
                done(outcome)
        except BaseException:
            # One caller's mistake must not leave the others of the batch without an answer.
            asyncio.get_running_loop().call_soon(self._settle, batch, outcome)
            raise

    def checkpoint(self) -> bytes:
        """The newest signed head, as a note."""
        return self._writer.head()

    def read(self, path: str) -> bytes | None:
        """What lies at a path of C2SP tlog-tiles, `checkpoint` included; None if nothing does.

        The newest head can always be verified by what this gives, whatever is published. Raises
        TileError for a path that is none of a log's.
        """
        if path == CHECKPOINT_PATH:
            return self.checkpoint()
        return self._writer.read(parse_tile_path(path))

    def close(self) -> None:
        """Commit what waits, publish, and let go of the directory; blocks, safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._committer.close()
        if self.failure is None:
            # What can't be published now is safe in the journal, and published another time.
            with contextlib.suppress(OSError):
                self._writer.publish(self._writer.begin_segment())
        self._writer.close()
        os.close(self._lock)


def _take_lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AuditLockedError(f"{path.parent} is open in another process") from None
    return descriptor
