# SPDX-License-Identifier: Apache-2.0
"""Brings back the log after any end of the process: the published part, then the journal.

Everything acknowledged is kept. What is cut off was never acknowledged. Anything else that does
not fit refuses to open, and nothing is written.
"""

from dataclasses import dataclass
from pathlib import Path

from skm_common.tlog import Checkpoint, TlogError, Verifier, open_checkpoint

from .errors import AuditCorruptError
from .frame import Frame
from .journal import Segment, read_segment, segments
from .publication import PublishedLog
from .tree import LogTree


@dataclass(frozen=True, slots=True)
class Recovered:
    """The state to go on from. `end` is where the acknowledged part of `segment` ends."""

    tree: LogTree
    segment: Segment | None
    end: int
    note: bytes | None
    """The head in the last frame of the segment, None if it has no frame."""


def recover(published: PublishedLog, journal: Path, verifier: Verifier) -> Recovered:
    """Read the log back; raises AuditCorruptError if it is not what was logged."""
    tree = published.load(verifier)
    known = segments(journal)
    frames: list[Frame] = []
    for segment in known:
        if segment.first > tree.size:
            raise AuditCorruptError(
                f"the audit log lacks the records {tree.size} to {segment.first - 1}"
            )
        frames = read_segment(segment, last=segment is known[-1])
        for frame in frames:
            _replay(tree, frame, verifier.name)
    if not known:
        return Recovered(tree, None, 0, None)
    if not frames:
        return Recovered(tree, known[-1], 0, None)
    _check_signature(tree, frames[-1], verifier)
    return Recovered(tree, known[-1], frames[-1].end, frames[-1].note)


def _replay(tree: LogTree, frame: Frame, origin: str) -> None:
    if frame.first + len(frame.entries) <= tree.size and frame.first < tree.size:
        return
    growth = tree.grow(frame.entries)
    head = Checkpoint(origin, growth.frontier.size, growth.frontier.root())
    # The last frame's signature is checked; its root covers every record before it.
    if frame.first != tree.size or not frame.note.startswith(head.text().encode() + b"\n"):
        raise AuditCorruptError(f"the audit journal does not fit at record {tree.size}")
    tree.apply(growth)


def _check_signature(tree: LogTree, last: Frame, verifier: Verifier) -> None:
    try:
        head = open_checkpoint(last.note, verifier)
    except TlogError as error:
        raise AuditCorruptError(f"the audit journal's last head is refused: {error}") from error
    if head.size > tree.size:
        raise AuditCorruptError("the audit journal's last head is of more records than it has")
    if head.size < tree.size:
        # Every frame was published already: the published head, just verified, is the newer one.
        return
    if head.root != tree.frontier.root():
        raise AuditCorruptError("the audit journal's last head is of other records")
