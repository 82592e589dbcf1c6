# SPDX-License-Identifier: Apache-2.0
"""The journal: batches appended to segment files, one write and one fdatasync each."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from skm_kms.durable import make_directory, sync_directory, write_all

from .errors import AuditCorruptError
from .frame import Frame, has_frame_after, read_frames

Sync = Callable[[int], None]
"""Makes a file's data durable: os.fdatasync."""

_SUFFIX: Final = ".journal"


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment file that begins with record `first`."""

    first: int
    path: Path


def segments(directory: Path) -> list[Segment]:
    """The segments in order."""
    paths = sorted(directory.glob(f"*{_SUFFIX}"))
    return [Segment(int(path.name.removesuffix(_SUFFIX)), path) for path in paths]


def read_segment(segment: Segment, *, last: bool) -> list[Frame]:
    """The frames of a segment; raises AuditCorruptError if a broken one was acknowledged.

    Only the last segment can end in a torn write, and only with nothing intact behind it: those
    bytes had never been acknowledged.
    """
    data = segment.path.read_bytes()
    frames = list(read_frames(data))
    end = frames[-1].end if frames else 0
    if end < len(data) and (not last or has_frame_after(data, end)):
        raise AuditCorruptError(f"{segment.path} is damaged at byte {end}, before its end")
    return frames


class JournalWriter:
    """Appends to one segment. After any failure `repair` must succeed before the next append."""

    def __init__(self, segment: Segment, size: int, sync: Sync) -> None:
        self.segment = segment
        self.size = size
        self._sync = sync
        self._descriptor = _open(segment.path)

    def append(self, data: bytes) -> None:
        """Write and make durable, or raise OSError; only success moves the end."""
        write_all(self._descriptor, data)
        self._sync(self._descriptor)
        self.size += len(data)

    def repair(self, note: bytes | None) -> None:
        """Reopen, verify what was acknowledged, and cut off what was not.

        After a failed fdatasync the kernel may have dropped the failed pages and call the file
        clean, so nothing behind the last success is believed. `note` is the head in the last
        acknowledged frame, None if this segment has none. Raises OSError or AuditCorruptError.
        """
        self.close()
        self._descriptor = _open(self.segment.path)
        os.ftruncate(self._descriptor, self.size)
        os.fsync(self._descriptor)
        frames = list(read_frames(self.segment.path.read_bytes()))
        end = frames[-1].end if frames else 0
        if end != self.size or (frames and frames[-1].note != note):
            raise AuditCorruptError(f"{self.segment.path} no longer holds what was acknowledged")

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)


def new_segment(directory: Path, first: int, sync: Sync) -> JournalWriter:
    """A new, empty segment whose name is durable."""
    make_directory(directory)
    segment = Segment(first, directory / f"{first:020d}{_SUFFIX}")
    os.close(os.open(segment.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    sync_directory(directory)
    return JournalWriter(segment, segment.path.stat().st_size, sync)


def drop_segments(directory: Path, published: int) -> None:
    """Delete the segments whose records are all among the first `published`.

    A segment ends where the next begins, and the last one stays.
    """
    known = segments(directory)
    for segment, following in pairwise(known):
        if following.first <= published:
            segment.path.unlink()
    sync_directory(directory)
