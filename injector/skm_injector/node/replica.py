# SPDX-License-Identifier: Apache-2.0
"""One kept-alive connection to one replica of the KMS, from this node's own address."""

import json
import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from .errors import ReplicaError, SnapshotRequiredError

PATH: Final = "/v1/evidence"
_LARGEST_ANSWER: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A replica's address, and how to know that it is one."""

    address: str
    port: int
    server_name: str
    ca_file: Path
    source: str
    timeout: float


class Replica(HTTPConnection):
    """Takes reports one at a time; after any failure it must be closed. Blocks its thread."""

    sock: Any

    def __init__(self, endpoint: Endpoint) -> None:
        source = (endpoint.source, 0)
        super().__init__(endpoint.address, endpoint.port, endpoint.timeout, source)
        self._endpoint = endpoint

    def connect(self) -> None:
        """Connect by TLS 1.3; any address will do, but only the KMS's name in the certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cafile=self._endpoint.ca_file)
        super().connect()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.sock = context.wrap_socket(self.sock, server_hostname=self._endpoint.server_name)

    def send_report(self, report: dict[str, Any], token_file: Path) -> None:
        """Have the replica take a report; raises `ReplicaError`, `SnapshotRequiredError`."""
        try:
            token = token_file.read_text("ascii").strip()
            status, document = self._exchange(json.dumps(report).encode(), token)
        except (OSError, HTTPException, ValueError) as error:
            raise ReplicaError(_plainly(error)) from error
        code = str(document.get("code"))[:64]
        if status == 409 and code == "snapshot_required":
            raise SnapshotRequiredError(code)
        if status != 200:
            raise ReplicaError(f"status {status}, code {code}")
        if document.get("sequence") != report["sequence"]:
            raise ReplicaError("the answer is to another report")

    def _exchange(self, body: bytes, token: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.request("POST", PATH, body, headers)
        response = self.getresponse()
        answer = response.read(_LARGEST_ANSWER + 1)
        document = json.loads(answer) if len(answer) <= _LARGEST_ANSWER else None
        if not isinstance(document, dict):
            raise HTTPException("the answer is no JSON object of ordinary size")
        return response.status, document


def _plainly(error: Exception) -> str:
    """Name the failure; a ValueError could quote the token or the answer, so it isn't quoted."""
    words = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__} {words or ''}".strip()
