# SPDX-License-Identifier: Apache-2.0
"""As much of HTTP/1.1 (RFC 9112) as the KMS speaks: bodies of a told length, nothing else.

The standard library's client would do; with its parser of e-mail headers it takes more memory than
the rest of the agent's own code, in every pod and on every node.
"""

from typing import Final, NamedTuple, Protocol

LARGEST_HEAD: Final = 16 << 10
LARGEST_BODY: Final = 1 << 20
"""Bytes; a secret is at most 32 KiB before JSON escapes it."""

_CHUNK: Final = 16 << 10


class Stream(Protocol):
    """A connected socket."""

    def sendall(self, data: bytes, /) -> None:
        """Sends all; raises OSError."""

    def recv(self, size: int, /) -> bytes:
        """Receives some; nothing at the end."""


class Stale(ConnectionError):  # noqa: N818 - a connection that ended while nobody looked
    """The server closed the connection before it answered anything: ask on a new one."""


class Response(NamedTuple):
    """A response; `closes` says that the server ends the connection. The body isn't shown."""

    status: int
    body: bytes
    closes: bool

    def __repr__(self) -> str:
        return f"Response(status={self.status})"


def request_bytes(method: str, path: str, host: str, body: bytes, token: str) -> bytes:
    """A request; `body` is JSON or empty, `token` a bearer token or empty."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept: application/json"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def read_response(stream: Stream, request: bytes) -> Response:
    """Sends the request and reads its response; raises Stale, OSError or ValueError."""
    received = _first_bytes(stream, request)
    while b"\r\n\r\n" not in received:
        received += _more(stream)
        if len(received) > LARGEST_HEAD:
            raise ValueError("the head is too large")
    head, _, body = received.partition(b"\r\n\r\n")
    status, headers = _parse_head(head)
    length = 0 if status == 204 else _length(headers)
    while len(body) < length:
        body += _more(stream)
    if len(body) > length:
        raise ValueError("more than the told length")
    return Response(status, body, headers.get("connection", "").lower() == "close")


def _first_bytes(stream: Stream, request: bytes) -> bytes:
    try:
        stream.sendall(request)
        first = stream.recv(_CHUNK)
    except ConnectionError as error:
        raise Stale(*error.args) from None
    if not first:
        raise Stale("the server closed the connection")
    return first


def _more(stream: Stream) -> bytes:
    part = stream.recv(_CHUNK)
    if not part:
        raise ConnectionError("the server closed the connection in the middle of an answer")
    return part


def _parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise ValueError("no HTTP/1.1")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return int(rest[:3]), headers


def _length(headers: dict[str, str]) -> int:
    """The body's length; a body of unknown length is refused."""
    if "transfer-encoding" in headers:
        raise ValueError("a body of unknown length")
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= LARGEST_BODY:
        raise ValueError("the body is too large")
    return length
