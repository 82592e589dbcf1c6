# SPDX-License-Identifier: Apache-2.0
"""Session rows for identity: kept in the state, durable before an identity is handed out."""

from dataclasses import fields

from skm_kms.clock import Clock
from skm_kms.identity.session import Session
from skm_kms.model import SessionRecord

from .state import State


class StateSessions:
    """The SessionRows of `skm_kms.identity` over a State."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def get(self, uid: str) -> Session | None:
        """The session of a pod UID, from memory."""
        record = self._state.tables.sessions.get(uid)
        return None if record is None else _session(record)

    async def put(self, session: Session) -> None:
        """Make the session the pod's only one; returns when it is durable."""
        async with self._state.writing:
            standing = self._state.tables.sessions.get(session.uid)
            generation = 1 if standing is None else standing.generation + 1
            await self._state.commit(_record(session, generation))

    async def prune(self) -> int:
        """Drop rows whose certificate ended and that revoke nothing; returns how many."""
        now = self._clock.now()
        async with self._state.writing:
            over = [
                record
                for record in self._state.tables.sessions.values()
                if record.not_after < now and not record.revoked
            ]
            if over:
                await self._state.commit(removes=over)
            return len(over)


_SHARED = tuple(field.name for field in fields(Session) if field.name != "uid")


def _session(record: SessionRecord) -> Session:
    return Session(uid=record.pod_uid, **{name: getattr(record, name) for name in _SHARED})


def _record(session: Session, generation: int) -> SessionRecord:
    shared = {name: getattr(session, name) for name in _SHARED}
    return SessionRecord(pod_uid=session.uid, generation=generation, **shared)
