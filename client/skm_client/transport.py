# SPDX-License-Identifier: Apache-2.0
"""JSON over one kept-alive connection, whatever it leads over (see `connections`)."""

import http.client
import json
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Protocol, Self

from skm_client.errors import Problem, UnreachableError, problem_error

MAXIMUM_ANSWER: Final = 16 * 1024 * 1024


class Transport(Protocol):
    """The seam between calls and the network; tests put a real small server behind it."""

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}
    ) -> Any:
        """Send one request; the decoded JSON, None for 204; ProblemError otherwise."""

    def fetch(self, path: str) -> bytes:
        """The raw bytes of a GET, for audit tiles and checkpoints."""

    def close(self) -> None:
        """End the connection."""


class HttpTransport:
    """Requests over one connection, one at a time; it is made anew when it has ended."""

    def __init__(self, connection: http.client.HTTPConnection, target: str) -> None:
        self._connection = connection
        self._target = target

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}
    ) -> Any:
        """Send one JSON request and return the decoded answer; None for 204."""
        content = None if body is None else json.dumps(body).encode()
        kind = {} if content is None else {"Content-Type": "application/json"}
        answer = self._exchange(method, path, content, {**kind, **headers})
        return json.loads(answer) if answer else None

    def fetch(self, path: str) -> bytes:
        """The raw bytes of a GET."""
        return self._exchange("GET", path, None, {})

    def _exchange(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        try:
            status, answer = self._once(method, path, content, headers)
        except (http.client.HTTPException, OSError) as error:
            self._connection.close()
            raise UnreachableError(f"No answer from {self._target}: {_reason(error)}.") from error
        if status >= 400:
            raise problem_error(_problem(status, answer))
        return answer

    def _once(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        reused = self._connection.sock is not None
        try:
            return self._send(method, path, content, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # A kept-alive connection may have ended meanwhile. Only a GET is safe to send twice.
            if not reused or method != "GET":
                raise
            self._connection.close()
            return self._send(method, path, content, headers)

    def _send(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        self._connection.request(method, path, body=content, headers=dict(headers))
        response = self._connection.getresponse()
        answer = response.read(MAXIMUM_ANSWER + 1)
        if len(answer) > MAXIMUM_ANSWER:
            raise http.client.HTTPException("the answer is larger than any the KMS gives")
        return response.status, answer


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate isn't the KMS's ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "it took too long"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _problem(status: int, answer: bytes) -> Problem:
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("code"), str):
        return Problem(status, "unknown", f"The server answered {status} without saying why.")
    texts = {name: found[name] for name in _MEMBERS if isinstance(found.get(name), str)}
    return Problem(status, found["code"], **{"title": found["code"], **texts})


_MEMBERS: Final = ("title", "detail", "check", "outcome", "remedy")
