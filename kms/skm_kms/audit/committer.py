# SPDX-License-Identifier: Apache-2.0
"""The two threads of a log: one writes batch after batch, one publishes full segments."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Final

from .errors import AuditError
from .publication import Publication
from .writer import LogWriter, Prepared

Done = Callable[[BaseException | None], None]
"""Called once in the event loop: with None when the record is durable, else with the reason."""
Waiting = tuple[bytes, Done]
Report = Callable[[list[Waiting], Exception | None, bool], None]
"""Told of every batch, a probe as an empty one; and whether in the loop or by who closes."""

_MAXIMUM_BATCH: Final = 1024
_MAXIMUM_BATCH_BYTES: Final = 4 * 1024 * 1024
_RETRY_INTERVAL: Final = 1.0
"""Seconds between two attempts of a log to write again after a failure."""


class Publisher:
    """Publishes in the background; a failed publication is tried again, or a newer one instead."""

    def __init__(self, writer: LogWriter) -> None:
        self._writer = writer
        self._queue: SimpleQueue[Publication | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="audit-publish", daemon=True)
        self._thread.start()

    def submit(self, publication: Publication) -> None:
        """Publish this in place of whatever waits: it holds everything that the older one did."""
        self._queue.put(publication)

    def close(self) -> None:
        """End the thread; what has not been published is in the journal."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        failed: Publication | None = None
        while True:
            try:
                publication = self._queue.get(timeout=_RETRY_INTERVAL if failed else None)
            except Empty:
                publication = failed
            if publication is None:
                return
            failed = None if self._published(publication) else publication

    def _published(self, publication: Publication) -> bool:
        try:
            self._writer.publish(publication)
        except OSError:
            return False
        return True


class _Job:
    """A batch on its way: computed in the loop, written on the thread, settled in the loop."""

    __slots__ = ("batch", "error", "prepared")

    def __init__(self, batch: list[Waiting]) -> None:
        self.batch = batch
        self.prepared: Prepared | None = None
        self.error: Exception | None = None


class Committer:
    """Takes waiting records in batches and commits them, one batch at a time, until it is closed.

    The tree and the head are computed in the event loop, at the end of the turn in which the
    records came; the thread does nothing but write and sync. So the two hardly ever want the
    interpreter at the same time, which would cost more than all the hashing (measured: 40 %).
    """

    def __init__(self, writer: LogWriter, report: Report) -> None:
        self._writer = writer
        self._report = report
        self._waiting: deque[Waiting] = deque()
        self._job: _Job | None = None
        self._scheduled = False
        self._failing = False
        self._closing = False
        self._guard = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._publisher = Publisher(writer)
        self._thread = Thread(target=self._run, name="audit-commit", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, waiting: Waiting) -> None:
        """Add a record to the next batch; for the thread of the event loop."""
        self._waiting.append(waiting)
        if self._job is None and not self._scheduled:
            if self._loop is None:
                self._loop = asyncio.get_running_loop()
            self._scheduled = True
            self._loop.call_soon(self._begin)

    def close(self) -> None:
        """Commit what waits and end both threads; blocks, from whichever thread it is called."""
        with self._guard:
            self._closing = True
        self._jobs.put(None)
        self._thread.join()
        with self._guard:
            job, self._job = self._job, None
            if job is not None:
                self._settle(job)
            while self._waiting:
                job = self._prepared(self._take())
                self._write(job)
                self._settle(job)
        self._publisher.close()

    def _begin(self) -> None:
        """Compute the next batch and hand it to the thread; with none, a failing log is probed."""
        with self._guard:
            self._scheduled = False
            if self._closing or self._job is not None:
                return
            if not self._waiting and not self._failing:
                return
            self._job = job = self._prepared(self._take())
        self._jobs.put(job)

    def _finish(self, job: _Job) -> None:
        """Settle a batch in the loop, and begin the next."""
        with self._guard:
            if self._job is not job:
                return
            self._job = None
            self._settle(job)
        if self._failing and self._loop is not None:
            self._loop.call_later(_RETRY_INTERVAL, self._begin)
        if self._waiting and self._loop is not None and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._begin)

    def _take(self) -> list[Waiting]:
        batch: list[Waiting] = []
        size = 0
        waiting = self._waiting
        while waiting and len(batch) < _MAXIMUM_BATCH and size < _MAXIMUM_BATCH_BYTES:
            batch.append(waiting.popleft())
            size += len(batch[-1][0])
        return batch

    def _prepared(self, batch: list[Waiting]) -> _Job:
        job = _Job(batch)
        try:
            job.prepared = self._writer.prepare([record for record, _ in batch])
        except AuditError as error:
            job.error = error
        return job

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._write(job)
            # A loop that was closed before its log has nobody left to tell.
            with suppress(RuntimeError):
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._finish, job)

    def _write(self, job: _Job) -> None:
        if job.prepared is None:
            return
        try:
            publication = self._writer.write(job.prepared)
        except (OSError, AuditError) as error:
            job.error = error
            return
        if publication is not None:
            self._publisher.submit(publication)

    def _settle(self, job: _Job) -> None:
        self._failing = job.error is not None
        if job.prepared is not None and job.error is None:
            self._writer.settle(job.prepared)
        self._report(job.batch, job.error, not self._closing)
