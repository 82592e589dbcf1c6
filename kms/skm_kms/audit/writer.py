# SPDX-License-Identifier: Apache-2.0
"""Commits batches on the log's own thread, and knows how to go on after a failure."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

from skm_common.tlog import Checkpoint, Tile, Verifier

from .errors import AuditUnavailableError
from .frame import encode_frame
from .journal import JournalWriter, Sync, drop_segments, new_segment
from .publication import Publication, PublishedLog
from .recovery import recover
from .tree import Growth, LogTree

SEGMENT_SIZE: Final = 8 * 1024 * 1024
"""Bytes after which a segment is closed and published: also what a start reads back at most."""

MAXIMUM_UNPUBLISHED: Final = 64 * 1024 * 1024
"""Bytes waiting in memory for publication above which no further record is taken."""


class Signer(Protocol):
    """The log's Ed25519 key."""

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch that has been computed and signed, and is nothing until it is written."""

    growth: Growth
    note: bytes
    frame: bytes


class LogWriter:
    """The log as its committer sees it; `read` and `head` may be called from any thread."""

    def __init__(
        self,
        directory: Path,
        verifier: Verifier,
        signer: Signer,
        sync: Sync = os.fdatasync,
        segment_size: int = SEGMENT_SIZE,
    ) -> None:
        self.origin = verifier.name
        self._signer = signer
        self._sync = sync
        self._segment_size = segment_size
        self._lock = Lock()
        self._broken = False
        self._published = PublishedLog(directory)
        self._journal_directory = directory / "journal"
        recovered = recover(self._published, self._journal_directory, verifier)
        self._tree: LogTree = recovered.tree
        self._in_segment = recovered.note
        if recovered.segment is None:
            self._journal = new_segment(self._journal_directory, self._tree.size, sync)
        else:
            self._journal = JournalWriter(recovered.segment, recovered.end, sync)
            self._journal.repair(recovered.note)
        self._head = self._sign(self._tree.size, self._tree.frontier.root())

    def _sign(self, size: int, root: bytes) -> bytes:
        return Checkpoint(self.origin, size, root).sign(self._signer.public_key, self._signer.sign)

    def prepare(self, entries: Sequence[bytes]) -> Prepared:
        """Compute a batch on top of what is acknowledged; changes nothing. No entries is a probe.

        Raises AuditUnavailableError while too much waits for publication.
        """
        if self._tree.held > MAXIMUM_UNPUBLISHED:
            raise AuditUnavailableError("the audit log's tiles cannot be written")
        growth = self._tree.grow(entries)
        note = self._sign(growth.frontier.size, growth.frontier.root())
        return Prepared(growth, note, encode_frame(self._tree.size, growth.framed, note))

    def write(self, prepared: Prepared) -> Publication | None:
        """Make a batch durable: one write, one fdatasync; for the writing thread.

        Raises OSError or AuditCorruptError; then none of it counts, and the next write repairs
        first. A full segment is left for a new one before; then gives what is to be published.
        """
        if self._broken:
            self._journal.repair(self._in_segment)
            self._broken = False
        full = self._journal.size >= self._segment_size
        publication = self.begin_segment() if full else None
        try:
            self._journal.append(prepared.frame)
        except OSError:
            self._broken = True
            raise
        return publication

    def settle(self, prepared: Prepared) -> None:
        """Acknowledge a batch that is durable; until then no other may be prepared."""
        with self._lock:
            self._tree.apply(prepared.growth)
            self._head = self._in_segment = prepared.note

    def begin_segment(self) -> Publication:
        """Begin a new segment, so that the ones before can be published and dropped."""
        journal = new_segment(self._journal_directory, self._tree.size, self._sync)
        self._journal.close()
        self._journal, self._in_segment = journal, None
        return self.publication()

    def publication(self) -> Publication:
        """Everything complete, and the partial parts of this very head."""
        with self._lock:
            complete = dict(self._tree.complete)
            return Publication(self._tree.size, self._head, complete, self._tree.partial())

    def publish(self, publication: Publication) -> None:
        """Write a publication and drop the journal behind it; for one thread at a time.

        OSError leaves the log as it was.
        """
        with self._lock:
            waiting = publication.complete.keys() & self._tree.complete.keys()
        complete = {path: publication.complete[path] for path in waiting}
        self._published.publish(replace(publication, complete=complete))
        with self._lock:
            self._tree.forget(publication.complete)
        drop_segments(self._journal_directory, publication.size)

    def head(self) -> bytes:
        """The newest signed checkpoint."""
        with self._lock:
            return self._head

    def read(self, tile: Tile) -> bytes | None:
        """A tile or bundle, published or not; None if the log does not reach there."""
        with self._lock:
            held = self._tree.read(tile)
        return self._published.read(tile) if held is None else held

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()
