# SPDX-License-Identifier: Apache-2.0
"""JSON over one kept-alive connection: TLS 1.3 to the KMS, or its Unix socket inside its pod.

The server proves the name `skm-kms.<namespace>.svc` whatever address it was reached by, so that
port-forwards, pod addresses and load balancers need no exception.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

from skm_client.errors import Problem, UnreachableError, UsageError, problem_error

TIMEOUT: Final = 40.0
"""Seconds for one answer; more than the 30 that a waiting read may take."""
MAXIMUM_ANSWER: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the KMS is reached, and the name that its certificate must carry."""

    host: str
    port: int
    server_name: str

    @classmethod
    def parse(cls, url: str, port: int, server_name: str | None = None) -> "Endpoint":
        """Read `https://host[:port]`; raises UsageError for anything else."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/"):
            raise UsageError(
                f"The server {url!r} must be written as https://host or https://host:port."
            )
        return cls(parts.hostname, parts.port or port, server_name or parts.hostname)


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


class _TlsConnection(http.client.HTTPSConnection):
    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=TIMEOUT, context=context)
        self._endpoint = endpoint
        self._tls = context

    def connect(self) -> None:
        """Connect to the address, but verify the KMS's own name."""
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._endpoint.server_name)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket, whose file permissions say who may."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(str(self._path))


def tls_transport(endpoint: Endpoint, context: ssl.SSLContext) -> HttpTransport:
    """A transport to the KMS over the network."""
    target = f"{endpoint.server_name} at {endpoint.host}:{endpoint.port}"
    return HttpTransport(_TlsConnection(endpoint, context), target)


def unix_transport(path: Path) -> HttpTransport:
    """A transport to the KMS's admin socket, inside its own pod."""
    return HttpTransport(_UnixConnection(path), str(path))


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
