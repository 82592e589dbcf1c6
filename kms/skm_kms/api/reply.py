# SPDX-License-Identifier: Apache-2.0
"""Answers as bytes: the same ones whether the protocol or an ASGI app writes them."""

import http
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from skm_common import problems
from skm_kms.errors import RequestError

JSON: Final = b"application/json"
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
PROBLEM: Final = problems.MEDIA_TYPE.encode()


class Reply(msgspec.Struct, frozen=True, gc=False):
    """Status, body and headers of an answer; `body` may be secret and never shows itself."""

    status: int
    body: bytes
    media_type: bytes = JSON
    headers: Mapping[str, str] = NO_HEADERS

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} bytes)"

    def head(self, request_id: bytes) -> list[tuple[bytes, bytes]]:
        """Every header, as ASGI takes them; nothing that we answer may be kept by a cache."""
        extra = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        described = [] if self.status == 204 else [(b"content-type", self.media_type)]
        length = [] if self.status == 204 else [(b"content-length", b"%d" % len(self.body))]
        return [
            *described,
            *length,
            (b"cache-control", b"no-store"),
            (b"x-request-id", request_id),
            *extra,
        ]

    def message(self, request_id: bytes, *, close: bool) -> bytes:
        """The whole answer as HTTP/1.1 bytes."""
        if self.status == 200 and self.media_type is JSON and not self.headers and not close:
            return _USUAL % (len(self.body), request_id, self.body)
        lines = [STATUS_LINES[self.status]]
        lines += [b"%b: %b\r\n" % header for header in self.head(request_id)]
        if close:
            lines.append(b"connection: close\r\n")
        return b"".join([*lines, b"\r\n", self.body])


STATUS_LINES: Final = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode())
    for status in http.HTTPStatus
}


# What `message` builds for nearly every hot call, in one step.
_USUAL: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
    b"cache-control: no-store\r\nx-request-id: %b\r\n\r\n%b"
)


def problem_reply(error: RequestError) -> Reply:
    """The problem document of a refusal (RFC 9457)."""
    return problem(
        error.code,
        error.detail,
        headers=error.headers,
        check=error.check,
        outcome=error.outcome,
        remedy=error.remedy,
    )


def problem(
    code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
) -> Reply:
    """A problem document by its code."""
    document = problems.problem(code, detail, **members)
    body = msgspec.json.encode(document)
    return Reply(document["status"], body, PROBLEM, headers or NO_HEADERS)
