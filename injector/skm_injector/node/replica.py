# SPDX-License-Identifier: Apache-2.0
"""Reports to one replica of the KMS: one kept-alive connection from the node's own address."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from skm_injector.connection import Answer, Connection, trust
from skm_injector.errors import UnreachableError

from .errors import ReplicaError, SnapshotRequiredError

PATH: Final = "/v1/evidence"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A replica's address, and how to know that it is one."""

    address: str
    port: int
    server_name: str
    ca_file: Path
    source: str
    timeout: float


class Replica:
    """Takes reports one at a time; after any failure it must be closed. Blocks its thread."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._connection: Connection | None = None

    def send_report(self, report: dict[str, Any], token_file: Path) -> None:
        """Have the replica take a report; raises `ReplicaError`, `SnapshotRequiredError`."""
        try:
            token = token_file.read_text("ascii").strip()
            answer = self._ask(report, token)
        except (OSError, ValueError) as error:
            raise ReplicaError(_plainly(error)) from error
        except UnreachableError as error:
            raise ReplicaError(str(error)) from error
        _must_be_taken(answer, report["sequence"])

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, report: dict[str, Any], token: str) -> Answer:
        if self._connection is None:
            self._connection = _connection(self._endpoint)
        patience = self._endpoint.timeout
        return self._connection.call("POST", PATH, body=report, token=token, patience=patience)


def _connection(endpoint: Endpoint) -> Connection:
    """A connection by the CAs of the moment; any address will do, but only the KMS's name."""
    context = trust(endpoint.ca_file.read_text("ascii"))
    address = f"{endpoint.address}:{endpoint.port}"
    return Connection(address, endpoint.server_name, context, endpoint.source)


def _must_be_taken(answer: Answer, sequence: int) -> None:
    code = str(answer.document.get("code"))[:64]
    if answer.status == 409 and code == "snapshot_required":
        raise SnapshotRequiredError(code)
    if answer.status != 200:
        raise ReplicaError(f"status {answer.status}, code {code}")
    if answer.document.get("sequence") != sequence:
        raise ReplicaError("the answer is to another report")


def _plainly(error: Exception) -> str:
    """Name the failure; a ValueError could quote the token, so it isn't quoted."""
    words = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__} {words or ''}".strip()
