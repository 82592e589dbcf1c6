# SPDX-License-Identifier: Apache-2.0
"""A small real HTTPS double of the KMS's two planes, as the agent meets them."""

import contextlib
import datetime
import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from skm_common.problems import problem

SERVER_NAME = "skm-kms.skm-system.svc"
TOKEN = "a-pod-bound-token"


@dataclass
class Seen:
    """One request as the double saw it."""

    method: str
    path: str
    token: str
    certificate: str


@dataclass
class KmsDouble:
    """Answers both planes on one port; what it answers is set by the tests."""

    life: float = 600.0
    max_offline: int | None = None
    secrets: dict[str, tuple[int, Any]] = field(default_factory=dict)
    data_refusal: dict[str, Any] | None = None
    identity_refusal: dict[str, Any] | None = None
    ended: set[str] = field(default_factory=set)
    away: bool = False
    seen: list[Seen] = field(default_factory=list)
    public_keys: list[bytes] = field(default_factory=list)
    issued: list[x509.Certificate] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def start(self) -> None:
        self.ca = trustme.CA()
        self._sessions_key = ec.generate_private_key(ec.SECP256R1())
        self._sessions_ca = self._issue(self._sessions_key.public_key(), "sessions", 3600, ca=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 0
        self.ca.issue_cert(SERVER_NAME).configure_cert(context)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=_pem(self._sessions_ca))
        self.server = _Server(("127.0.0.1", 0), self._handler())
        self.server.tls = context
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def stop_serving(self) -> None:
        """Away: connections break, new ones are refused."""
        with self.changed:
            self.away = True
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def stop(self) -> None:
        if not self.away:
            self.stop_serving()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def set(self, **values: Any) -> None:
        with self.changed:
            for name, value in values.items():
                setattr(self, name, value)
            self.changed.notify_all()

    def put(self, name: str, content: Any) -> None:
        keystore, _, key = name.partition("/")
        with self.changed:
            path = f"/v1/keystores/{keystore}/keys/{key}/secret"
            version = self.secrets.get(path, (0, None))[0] + 1
            self.secrets[path] = version, content
            self.changed.notify_all()

    def remove(self, name: str) -> None:
        keystore, _, key = name.partition("/")
        with self.changed:
            del self.secrets[f"/v1/keystores/{keystore}/keys/{key}/secret"]
            self.changed.notify_all()

    def answer(self, seen: Seen, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        if seen.path == "/v1/identity":
            return self._identity(seen, body)
        with self.changed:
            return self._secret(seen, query)

    def _identity(self, seen: Seen, body: Any) -> tuple[int, Any]:
        if self.identity_refusal:
            return _refusal(self.identity_refusal)
        if seen.token != f"Bearer {TOKEN}" and not seen.certificate:
            return _refusal(problem("unauthenticated", "no token, no certificate"))
        request = x509.load_pem_x509_csr(body["csr"].encode())
        assert request.is_signature_valid
        self.public_keys.append(
            request.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        name = f"session-{len(self.seen)}"
        leaf = self._issue(request.public_key(), name, self.life)
        self.issued.append(leaf)
        end = leaf.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
        bundle = self.ca.cert_pem.bytes().decode()
        return 200, {"certificate": _pem(leaf), "notAfter": end, "caBundle": bundle}

    def _secret(self, seen: Seen, query: dict[str, list[str]]) -> tuple[int, Any]:
        after, wait = int(query.get("after", ["0"])[0]), int(query.get("wait", ["0"])[0])

        def settled() -> bool:
            version = self.secrets.get(seen.path, (0, None))[0]
            return bool(self._objection(seen)) or version != after or self.away

        self.changed.wait_for(settled, wait)
        if objection := self._objection(seen):
            return objection
        version, content = self.secrets[seen.path]
        if version == after:
            return 204, None
        kind = "value" if isinstance(content, str) else "fields"
        return 200, {
            "version": version,
            kind: content,
            "maxOffline": self.max_offline,
            "factsMaxAge": 30,
        }

    def _objection(self, seen: Seen) -> tuple[int, Any] | None:
        if not seen.certificate:
            return _refusal(problem("unauthenticated", "no certificate"))
        if seen.certificate in self.ended:
            return _refusal(problem("session_ended", "superseded"))
        if self.data_refusal:
            return _refusal(self.data_refusal)
        if seen.path not in self.secrets:
            return _refusal(problem("not_found", "no such key"))
        return None

    def _issue(self, public: Any, name: str, life: float, *, ca: bool = False) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sessions")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(seconds=60))
            .not_valid_after(now + datetime.timedelta(seconds=life))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )
        return builder.sign(self._sessions_key, hashes.SHA256())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                seen = Seen(
                    self.command,
                    parts.path,
                    self.headers.get("Authorization", ""),
                    _common_name(self.connection.getpeercert()),  # type: ignore[attr-defined]
                )
                with double.changed:
                    double.seen.append(seen)
                query = parse_qs(parts.query)
                status, document = double.answer(seen, query, json.loads(body) if body else None)
                if double.away:
                    self.close_connection = True
                    return
                content = b"" if document is None else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _serve  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """The double is quiet."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    tls: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        with (
            contextlib.suppress(OSError),
            self.tls.wrap_socket(request, server_side=True) as secured,
        ):
            super().finish_request(secured, client_address)  # type: ignore[arg-type]


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _common_name(certificate: dict[str, Any] | None) -> str:
    return certificate["subject"][0][0][1] if certificate else ""


def _refusal(document: dict[str, Any]) -> tuple[int, Any]:
    return document["status"], document
