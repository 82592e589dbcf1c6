# SPDX-License-Identifier: Apache-2.0
"""One kept-alive HTTPS connection to a plane of the KMS: TLS 1.3, our CA only, one server name."""

import json
import socket
import ssl
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any, Final

from skm_injector.agent.errors import UnreachableError

CONNECT_TIMEOUT: Final = 5.0
"""Seconds until an address that doesn't answer counts as away."""

LARGEST_ANSWER: Final = 1 << 20
"""Bytes; a secret is at most 32 KiB before JSON escapes it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON document of a response; the document isn't shown, it may hold a secret."""

    status: int
    document: dict[str, Any] = field(repr=False)


def trust(ca: str) -> ssl.SSLContext:
    """A client context that trusts these certificates (PEM) only; raises UnreachableError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(cadata=ca)
    except (ssl.SSLError, ValueError) as error:
        raise UnreachableError(f"the CA can't be read: {error}") from None
    return context


class Connection:
    """Asks one plane; after any failure the next call connects anew."""

    def __init__(self, address: str, server_name: str, context: ssl.SSLContext) -> None:
        host, _, port = address.rpartition(":")
        self._http = _NamedConnection(host, int(port), server_name, context)

    def call(
        self, method: str, path: str, *, body: object = None, token: str = "", patience: float = 10
    ) -> Answer:
        """The KMS's answer, waited for at most `patience` seconds; raises UnreachableError."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = None if body is None else json.dumps(body).encode()
        try:
            return self._exchange(method, path, content, headers, patience)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise UnreachableError(f"{type(error).__name__}: {_plainly(error)}") from None

    def close(self) -> None:
        """Ends the connection."""
        self._http.close()

    def _exchange(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str], wait: float
    ) -> Answer:
        if self._http.sock is None:
            self._http.connect()
        self._http.sock.settimeout(wait)
        self._http.request(method, path, content, headers)
        response = self._http.getresponse()
        body = response.read(LARGEST_ANSWER + 1)
        if len(body) > LARGEST_ANSWER:
            raise HTTPException("the answer is too large")
        document = json.loads(body) if body else {}
        if not isinstance(document, dict):
            raise HTTPException("the answer is no JSON object")
        return Answer(response.status, document)


class _NamedConnection(HTTPConnection):
    """Connects to any address, but verifies the name that the KMS's certificate must carry."""

    sock: Any

    def __init__(self, host: str, port: int, server_name: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=CONNECT_TIMEOUT)
        self._server_name = server_name
        self._context = context

    def connect(self) -> None:
        super().connect()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self._server_name)


def _plainly(error: Exception) -> str:
    """The error's words, unless they could quote an answer's body."""
    return "the answer is no JSON" if isinstance(error, ValueError) else str(error)
