# SPDX-License-Identifier: Apache-2.0
"""What identity needs of a state that isn't unlocked yet: it says so, and later passes on."""

from collections.abc import Mapping

from skm_kms.errors import UnavailableError
from skm_kms.identity.authority import Authority, Purpose
from skm_kms.identity.session import Session

from .sessions import StateSessions


class LateState:
    """Sessions and authorities, from the moment the KMS is unlocked; UnavailableError before."""

    def __init__(self) -> None:
        self._sessions: StateSessions | None = None
        self._authorities: Mapping[Purpose, Authority] = {}

    def unlocked(self, sessions: StateSessions, authorities: Mapping[Purpose, Authority]) -> None:
        """The state is there."""
        self._sessions = sessions
        self._authorities = authorities

    def get(self, uid: str) -> Session | None:
        """The session of a pod UID."""
        return self._there().get(uid)

    async def put(self, session: Session) -> None:
        """Make a session durable."""
        await self._there().put(session)

    def session_authorities(self) -> tuple[Authority, ...]:
        """The authorities that sign session certificates, the current one first."""
        self._there()
        return (self._authorities[Purpose.SESSIONS],)

    def _there(self) -> StateSessions:
        if self._sessions is None:
            raise UnavailableError("the KMS isn't unlocked yet", retry_after=2)
        return self._sessions
