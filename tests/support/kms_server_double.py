# SPDX-License-Identifier: Apache-2.0
"""A small real server that speaks like the KMS: TLS 1.3 or a Unix socket, answers as it is told."""

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import trustme

NAME = "skm-kms.skm-system.svc"


@dataclass
class Told:
    """What the server answers by `METHOD path`, and what it was asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    subjects: list[str | None] = field(default_factory=list)
    hang_up_after: int | None = None


@dataclass(frozen=True)
class Double:
    """A running server."""

    told: Told
    authority: trustme.CA
    port: int = 0
    socket: Path | None = None

    def ca_bundle(self) -> str:
        return self.authority.cert_pem.bytes().decode()

    def credentials(self, folder: Path, name: str = "alice") -> Path:
        leaf = self.authority.issue_cert(common_name=name)
        path = folder / f"{name}.pem"
        key = leaf.private_key_pem.bytes().decode()
        certificate = leaf.cert_chain_pems[0].bytes().decode()
        head = f"# name: {name}\n# server-name: {NAME}\n"
        path.write_text(head + key + certificate + self.ca_bundle())
        return path


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: Told

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        call = f"{self.command} {self.path}"
        self.told.asked.append((call, body))
        self.told.subjects.append(self._subject())
        status, answer = self.told.answers.get(call, (404, {"code": "not_found", "title": "No"}))
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(0 if status == 204 else len(content)))
        self.end_headers()
        if status != 204:
            self.wfile.write(content)
        if self.told.hang_up_after == len(self.told.asked):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def _subject(self) -> str | None:
        if not isinstance(self.connection, ssl.SSLSocket):
            return None
        found = self.connection.getpeercert() or {}
        parts = dict(part[0] for part in found.get("subject", ()))
        return parts.get("commonName")

    def log_message(self, *_: object) -> None:
        """Tests read answers, not logs."""


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    context: ssl.SSLContext

    def get_request(self) -> Any:
        plain, address = super().get_request()
        return self.context.wrap_socket(
            plain, server_side=True, do_handshake_on_connect=False
        ), address

    def handle_error(self, *_: object) -> None:
        """A client that refuses the certificate ends the handshake."""


class _UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def tls_double(name: str = NAME) -> Iterator[Double]:
    """A server whose certificate carries `name`; it asks for a client certificate of its CA."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    authority.issue_cert(name).configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    told = Told()
    with _TcpServer(("127.0.0.1", 0), _handler(told)) as server:
        server.context = context
        with _serving(server):
            yield Double(told, authority, port=server.server_address[1])


@contextmanager
def unix_double(path: Path) -> Iterator[Double]:
    """A server on a Unix socket."""
    told = Told()
    with _UnixServer(str(path), _handler(told)) as server, _serving(server):
        yield Double(told, trustme.CA(), socket=path)


def _handler(told: Told) -> type[_Handler]:
    return type("Handler", (_Handler,), {"told": told})


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
