# SPDX-License-Identifier: Apache-2.0
"""A batch in the journal: its records and the head signed over them, written in one append.

| bytes | meaning |
|---|---|
| 4 | `SKM` and a zero byte, which no JSON record contains |
| 4 | length of what follows the checksum |
| 4 | CRC-32 of it: finds a torn write, not an attacker, who meets the signed head |
| 8 | index of the first record |
| 4 | number of records, 0 in a probe |
| 2 | length of the note |
| … | the signed checkpoint of the log with these records |
| … | the records, as in an entry bundle |

Numbers are unsigned and big-endian.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from skm_common.tlog import TileError, split_entries

_MAGIC: Final = b"SKM\x00"
_OUTER: Final = struct.Struct(">4sII")
_INNER: Final = struct.Struct(">QIH")
_MAXIMUM_BODY: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """A batch that was read back; `end` is the offset behind it."""

    first: int
    entries: list[bytes]
    note: bytes
    end: int


def encode_frame(first: int, framed_entries: Sequence[bytes], note: bytes) -> bytes:
    """The bytes of a batch; the entries already stand behind their lengths."""
    inner = _INNER.pack(first, len(framed_entries), len(note))
    body = b"".join((inner, note, *framed_entries))
    return _OUTER.pack(_MAGIC, len(body), crc32(body)) + body


def read_frames(segment: bytes) -> Iterator[Frame]:
    """The intact frames from the beginning of a segment on, up to the first broken one."""
    at = 0
    while (frame := _frame_at(segment, at)) is not None:
        yield frame
        at = frame.end


def has_frame_after(segment: bytes, offset: int) -> bool:
    """Whether an intact frame begins anywhere behind `offset`.

    A batch is written only after the one before is durable, so behind a torn write there is
    nothing; an intact frame there means that the broken one had been acknowledged.
    """
    at = segment.find(_MAGIC, offset + 1)
    while at >= 0:
        if _frame_at(segment, at) is not None:
            return True
        at = segment.find(_MAGIC, at + 1)
    return False


def _frame_at(segment: bytes, at: int) -> Frame | None:
    start = at + _OUTER.size
    if len(segment) < start:
        return None
    magic, length, checksum = _OUTER.unpack_from(segment, at)
    if magic != _MAGIC or not _INNER.size <= length <= _MAXIMUM_BODY:
        return None
    body = segment[start : start + length]
    if len(body) != length or crc32(body) != checksum:
        return None
    return _decode_body(body, start + length)


def _decode_body(body: bytes, end: int) -> Frame | None:
    first, count, note_size = _INNER.unpack_from(body)
    behind_note = _INNER.size + note_size
    try:
        entries = split_entries(body[behind_note:])
    except TileError:
        return None
    if len(entries) != count:
        return None
    return Frame(first, entries, body[_INNER.size : behind_note], end)
