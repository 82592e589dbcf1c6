# SPDX-License-Identifier: Apache-2.0
"""The ways to the KMS: TLS 1.3 over the network, or its Unix socket inside its pod.

The server proves the name `skm-kms.<namespace>.svc` whatever address it was reached by, so that
port-forwards, pod addresses and load balancers need no exception.
"""

import http.client
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from skm_client.errors import UsageError
from skm_client.transport import HttpTransport

TIMEOUT: Final = 40.0
"""Seconds for one answer; more than the 30 that a waiting read may take."""


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
