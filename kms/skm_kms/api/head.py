# SPDX-License-Identifier: Apache-2.0
"""What the head of a request must be, beyond what the parser asks (RFC 9112, RFC 9110).

Where two readers could disagree about where a request ends, there is no request (§11.2).
"""

from collections.abc import Mapping
from typing import Final

ONCE: Final = frozenset(
    {
        b"authorization",
        b"content-length",
        b"content-type",
        b"expect",
        b"host",
        b"transfer-encoding",
        b"x-request-id",
    }
)
"""Headers that decide about a message, or about its caller: each may stand once."""


class RefusedRequestError(Exception):
    """Raised in a parser's callback: the request is refused by this code, the connection ends."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def unreadable(detail: str) -> RefusedRequestError:
    """The refusal of what can't be read."""
    return RefusedRequestError("invalid_request", detail)


def check_head(version: str, target: bytes, once: Mapping[bytes, bytes], *, upgrade: bool) -> None:
    """Raises RefusedRequestError for a head that we don't take; `once` holds ONCE's headers."""
    if upgrade:
        raise unreadable("no other protocol is spoken here")
    if version not in ("1.0", "1.1") or (version == "1.1" and b"host" not in once):
        raise unreadable("a request of HTTP/1.1 names its host")
    if not target.startswith(b"/"):
        raise unreadable("the request target must be a path")
    if once.get(b"expect", b"100-continue").lower() != b"100-continue":
        raise unreadable("no expectation but 100-continue is met")
    if b"transfer-encoding" in once:
        _check_coding(version, once)


def announced_length(once: Mapping[bytes, bytes], maximum: int) -> int:
    """The announced length of the body, 1 for a chunked one; too large is refused before it comes.

    The parser has seen to it that the length is a number.
    """
    length = int(once.get(b"content-length", b"0"))
    if length > maximum:
        raise RefusedRequestError("too_large", f"the body has more than {maximum} bytes")
    return length or int(b"transfer-encoding" in once)


def _check_coding(version: str, once: Mapping[bytes, bytes]) -> None:
    if version == "1.0" or once[b"transfer-encoding"].lower() != b"chunked":
        raise unreadable("no transfer coding but chunked is taken")
    if b"content-length" in once:
        raise unreadable("Content-Length and Transfer-Encoding exclude each other")
