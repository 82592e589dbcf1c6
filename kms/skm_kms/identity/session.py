# SPDX-License-Identifier: Apache-2.0
"""Sessions: one durable row a pod UID, so that a pod has one session key at a time everywhere."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """The current session of a pod.

    `key` is the SHA-256 of the session's public key (hex), `issued` and `not_after` are Unix
    seconds of its newest certificate. A row may be dropped once `not_after` has passed, unless it
    is revoked: then it must stay until the pod is gone.
    """

    uid: str
    namespace: str
    service_account: str
    pod_name: str
    node: str
    key: str
    issued: float
    not_after: float
    revoked: bool = False


class SessionRows(Protocol):
    """Where sessions are kept."""

    def get(self, uid: str) -> Session | None:
        """The session row of a pod UID, from memory."""
        ...

    async def put(self, session: Session) -> None:
        """Make the row durable; returns when every reader will see it."""
        ...


@dataclass(frozen=True, slots=True)
class IssuedSession:
    """What the identity plane answers, and what it must record in the audit log.

    `certificate` is PEM, the leaf and then its CA. `takeover`: an unexpired session of another key
    was ended by this one.
    """

    certificate: bytes
    session: Session
    certificate_sha256: str
    address: str
    mac: str | None
    evidence: str | None
    renewal: bool
    takeover: bool
