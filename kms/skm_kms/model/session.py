# SPDX-License-Identifier: Apache-2.0
"""The one session key of a pod: a durable row, so that a stolen proof can't live beside it."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Session:
    """The session of one pod UID; hashes are SHA-256 in hexadecimal, times Unix seconds.

    `public_key` is the hash of the SubjectPublicKeyInfo, `certificate` of the newest leaf under
    it. A bootstrap with another key replaces the row and so ends the older session (DESIGN §6.3).
    """

    table: ClassVar[str] = "sessions"

    pod_uid: str
    generation: int
    namespace: str
    service_account: str
    pod_name: str
    node: str
    address: str
    public_key: str
    certificate: str
    not_after: float

    @property
    def id(self) -> str:
        """The pod's UID: one session a pod."""
        return self.pod_uid
