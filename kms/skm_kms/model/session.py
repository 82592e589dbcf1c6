# SPDX-License-Identifier: Apache-2.0
"""The one session key of a pod: a durable row, so that a stolen proof can't live beside it."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """The row behind `skm_kms.identity.Session`, with the generation that every row has.

    `key` is the SHA-256 of the session's SubjectPublicKeyInfo in hexadecimal; times are Unix
    seconds.
    """

    table: ClassVar[str] = "sessions"

    pod_uid: str
    generation: int
    namespace: str
    service_account: str
    pod_name: str
    node: str
    key: str
    issued: float
    not_after: float
    revoked: bool

    @property
    def id(self) -> str:
        """The pod's UID: one session a pod."""
        return self.pod_uid
