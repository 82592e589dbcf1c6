# SPDX-License-Identifier: Apache-2.0
"""The admin plane (DESIGN §5): what administrators and auditors ask of the KMS.

Answers are the JSON documents of the plane's published OpenAPI description, as they come.
"""

from typing import Any

from skm_client import paths
from skm_client.transport import Transport

Document = dict[str, Any]


class AdminClient:
    """Calls of the admin plane; each raises UnreachableError, ProblemError or UndeterminedError."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _get(self, path: str) -> Any:
        return self._transport.call("GET", path)

    def init(self, name: str, csr: str) -> Document:
        """Make the first administrator: once, and only over the KMS's Unix socket."""
        answer: Document = self._transport.call("POST", "/v1/init", {"name": name, "csr": csr})
        return answer

    def status(self) -> Document:
        """How the KMS does: readiness, conditions, version."""
        answer: Document = self._get("/v1/status")
        return answer

    def keystores(self, namespace: str | None = None) -> list[Document]:
        """The keystores, of one namespace or all."""
        answer = self._get(paths.query("/v1/keystores", namespace=namespace))
        return _items(answer, "keystores")

    def keystore(self, keystore: str) -> Document:
        """One keystore by its full name, `<namespace>.<name>`."""
        answer: Document = self._get(paths.keystore(keystore))
        return answer

    def adopt(self, keystore: str) -> Document:
        """Bind a keystore to the namespace that bears its namespace's name now."""
        answer: Document = self._transport.call("POST", f"{paths.keystore(keystore)}:adopt", {})
        return answer

    def keys(self, keystore: str) -> list[Document]:
        """The keys of a keystore, without any material."""
        return _items(self._get(f"{paths.keystore(keystore)}/keys"), "keys")

    def key(self, keystore: str, key: str) -> Document:
        """One key, without any material."""
        answer: Document = self._get(paths.key(keystore, key))
        return answer

    def versions(self, keystore: str, key: str) -> list[Document]:
        """The versions of a key, without any material."""
        return _items(self._get(f"{paths.key(keystore, key)}/versions"), "versions")

    def rotate(self, keystore: str, key: str) -> Document:
        """Add a version to a generated secret or a symmetric key."""
        answer: Document = self._transport.call("POST", f"{paths.key(keystore, key)}:rotate", {})
        return answer

    def cancel_destruction(self, keystore: str, key: str) -> Document:
        """Keep a key whose destruction is scheduled."""
        path = f"{paths.key(keystore, key)}:cancelDestruction"
        answer: Document = self._transport.call("POST", path, {})
        return answer

    def set_secret(
        self, keystore: str, key: str, value: str | dict[str, str], expected: int | None = None
    ) -> Document:
        """Add a version to a managed secret; with `expected`, only if that is the current one."""
        check = {} if expected is None else {"expectedVersion": expected}
        path = f"{paths.key(keystore, key)}/secret"
        answer: Document = self._transport.call("PUT", path, {"value": value, **check})
        return answer

    def policies(self, keystore: str) -> list[Document]:
        """The access policies of a keystore."""
        return _items(self._get(paths.policies(keystore)), "policies")

    def administrators(self) -> list[Document]:
        """Everyone with a role."""
        return _items(self._get("/v1/administrators"), "administrators")

    def add_administrator(self, name: str, role: str, csr: str) -> Document:
        """Give a role to the holder of a key; returns the certificate."""
        body = {"name": name, "role": role, "csr": csr}
        answer: Document = self._transport.call("POST", "/v1/administrators", body)
        return answer

    def remove_administrator(self, name: str) -> None:
        """Take a role away; the certificate is refused from then on."""
        self._transport.call("DELETE", paths.administrator(name))

    def audit_logs(self) -> list[Document]:
        """The audit logs, one a replica."""
        return _items(self._get("/v1/audit/logs"), "logs")

    def audit_key(self, log: str) -> str:
        """The key that verifies the checkpoints of a log (C2SP signed-note vkey)."""
        return self._transport.fetch(paths.query("/v1/audit/key", log=log)).decode()

    def audit_part(self, log: str, part: str) -> bytes:
        """A checkpoint or tile of a log, by its C2SP tlog-tiles path."""
        return self._transport.fetch(paths.audit(log, part))


def _items(answer: Any, name: str) -> list[Document]:
    items: list[Document] = answer[name] if isinstance(answer, dict) else answer
    return items
