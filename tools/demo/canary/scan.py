# SPDX-License-Identifier: Apache-2.0
"""Searching bytes for needles: as they are, inside gzip and zstd at any offset, inside base64."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import zstandard

GZIP: Final = b"\x1f\x8b\x08"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
LARGEST: Final = 512 * 1024 * 1024
"""Bytes that one compressed stream may grow to; the images' layers stay far below."""
DEEPEST: Final = 4
_ENCODED: Final = re.compile(rb"[A-Za-z0-9+/]{32,}={0,2}|[A-Za-z0-9_-]{32,}={0,2}")
_STARTS: Final = (b"H4sI", b"KLUv")
"""How gzip and zstd begin in base64; other encoded content is found by its shifted patterns."""


@dataclass(frozen=True, slots=True)
class Needle:
    """One secret to look for, by its patterns; which one is told by `name`, never by its value."""

    name: str
    patterns: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A needle in a form, and the containers it lay in, outermost first."""

    needle: str
    form: str
    inside: tuple[str, ...] = ()


def scan(data: bytes, needles: tuple[Needle, ...], inside: tuple[str, ...] = ()) -> set[Found]:
    """Every needle in every form that the data holds."""
    found = {
        Found(needle.name, form, inside)
        for needle in needles
        for form, pattern in needle.patterns.items()
        if data.find(pattern) >= 0
    }
    if len(inside) < DEEPEST:
        for kind, content in _unpacked(data):
            found |= scan(content, needles, (*inside, kind))
    return found


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    for at in _places(data, GZIP):
        if content := _gunzip(data, at):
            yield "gzip", content
    for at in _places(data, ZSTD):
        if content := _unzstd(data, at):
            yield "zstd", content
    for start in _STARTS:
        for at in _places(data, start):
            if content := _decoded(data, at):
                yield "base64", content


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _gunzip(data: bytes, at: int) -> bytes:
    return _stream(zlib.decompressobj(wbits=31), zlib.error, data, at)


def _unzstd(data: bytes, at: int) -> bytes:
    return _stream(zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError, data, at)


class _Stream(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...

    @property
    def eof(self) -> bool: ...


def _stream(stream: _Stream, failure: type[Exception], data: bytes, at: int) -> bytes:
    """What comes out until the end or the damage: a file that is being written ends in damage."""
    parts, size, step = [], 0, _FIRST
    try:
        while size < LARGEST and at < len(data) and not stream.eof:
            part = stream.decompress(data[at : at + step])
            at, size, step = at + step, size + len(part), min(2 * step, _LARGEST_STEP)
            parts.append(part)
    except failure:
        pass
    return b"".join(parts)


def _decoded(data: bytes, at: int) -> bytes:
    text = _ENCODED.match(data, at)
    if text is None:
        return b""
    characters = text[0].rstrip(b"=")
    whole = characters[: len(characters) - (len(characters) % 4 == 1)]
    try:
        return base64.b64decode(whole + b"=" * (-len(whole) % 4))
    except binascii.Error:
        return b""


_FIRST: Final = 16
_LARGEST_STEP: Final = 1024 * 1024
