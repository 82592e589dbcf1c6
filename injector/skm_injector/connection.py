# SPDX-License-Identifier: Apache-2.0
"""One kept-alive HTTPS connection to a plane of the KMS: TLS 1.3, our CA only, one server name."""

import json
import socket
import ssl
from typing import Any, Final, NamedTuple

from skm_injector.errors import UnreachableError
from skm_injector.http_message import Stale, read_response, request_bytes

CONNECT_TIMEOUT: Final = 5.0
"""Seconds until an address that doesn't answer counts as away."""


class Answer(NamedTuple):
    """Status and JSON document of a response; the document isn't shown, it may hold a secret."""

    status: int
    document: dict[str, Any]

    def __repr__(self) -> str:
        return f"Answer(status={self.status})"


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
    """Asks one plane at `host:port`, whose certificate must carry `server_name`.

    `source` is the address to call from; empty leaves it to the kernel. After any failure the next
    call connects anew.
    """

    def __init__(
        self, address: str, server_name: str, context: ssl.SSLContext, source: str = ""
    ) -> None:
        self._address = address
        self._server_name = server_name
        self._context = context
        self._source = (source, 0) if source else None
        self._socket: ssl.SSLSocket | None = None

    def call(
        self, method: str, path: str, *, body: object = None, token: str = "", patience: float = 10
    ) -> Answer:
        """The KMS's answer, waited for at most `patience` seconds; raises UnreachableError."""
        content = b"" if body is None else json.dumps(body).encode()
        request = request_bytes(method, path, self._server_name, content, token)
        try:
            return self._ask(request, patience)
        except (OSError, ValueError) as error:
            self.close()
            raise UnreachableError(f"{type(error).__name__}: {_plainly(error)}") from None

    def close(self) -> None:
        """Ends the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, request: bytes, patience: float) -> Answer:
        if self._socket is not None:
            try:
                return self._exchange(self._socket, request, patience)
            except Stale:
                self.close()
        self._socket = self._connect()
        return self._exchange(self._socket, request, patience)

    def _connect(self) -> ssl.SSLSocket:
        host, _, port = self._address.rpartition(":")
        plain = socket.create_connection((host, int(port)), CONNECT_TIMEOUT, self._source)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._context.wrap_socket(plain, server_hostname=self._server_name)

    def _exchange(self, connection: ssl.SSLSocket, request: bytes, patience: float) -> Answer:
        connection.settimeout(patience)
        response = read_response(connection, request)
        if response.closes:
            self.close()
        document = json.loads(response.body) if response.body else {}
        if not isinstance(document, dict):
            raise ValueError
        return Answer(response.status, document)


def _plainly(error: Exception) -> str:
    """The error's words, unless they could quote an answer's body."""
    return "the answer can't be read" if isinstance(error, ValueError) else str(error)
