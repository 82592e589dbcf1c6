# SPDX-License-Identifier: Apache-2.0
"""The two threads of a log: one commits batch after batch, one publishes full segments."""

from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from .errors import AuditError
from .publication import Publication
from .writer import LogWriter

Done = Callable[[BaseException | None], None]
"""Called once in the event loop: with None when the record is durable, else with the reason."""
Waiting = tuple[bytes, Done]
Report = Callable[[list[Waiting], Exception | None], None]
"""Told of every batch, and of every probe as an empty one, on the committing thread."""

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


class Committer:
    """Takes waiting records in batches and commits them, until it is closed."""

    def __init__(self, writer: LogWriter, report: Report) -> None:
        self._writer = writer
        self._report = report
        self._waiting: deque[Waiting] = deque()
        self._idle = False
        self._closing = False
        self._failing = False
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._publisher = Publisher(writer)
        self._thread = Thread(target=self._run, name="audit-commit", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, waiting: Waiting) -> None:
        """Add a record to the next batch."""
        self._waiting.append(waiting)
        if self._idle:
            self._idle = False
            self._wake.put(None)

    def close(self) -> None:
        """Commit what waits and end both threads."""
        self._closing = True
        self._wake.put(None)
        self._thread.join()
        self._publisher.close()

    def _run(self) -> None:
        while True:
            batch = self._take()
            if batch or self._failing:
                self._commit(batch)
            if self._closing and not self._waiting:
                return
            if not self._waiting or self._failing:
                self._rest()

    def _take(self) -> list[Waiting]:
        batch: list[Waiting] = []
        size = 0
        waiting = self._waiting
        while waiting and len(batch) < _MAXIMUM_BATCH and size < _MAXIMUM_BATCH_BYTES:
            batch.append(waiting.popleft())
            size += len(batch[-1][0])
        return batch

    def _rest(self) -> None:
        # First idle, then a second look: a record put between the two wakes the thread or is seen.
        self._idle = True
        if self._waiting:
            return
        try:
            self._wake.get(timeout=_RETRY_INTERVAL if self._failing else None)
        except Empty:
            return

    def _commit(self, batch: list[Waiting]) -> None:
        try:
            self._writer.commit([record for record, _ in batch])
            publication = self._writer.rotate()
        except (OSError, AuditError) as error:
            self._failing = True
            self._report(batch, error)
            return
        self._failing = False
        self._report(batch, None)
        if publication is not None:
            self._publisher.submit(publication)
