# SPDX-License-Identifier: Apache-2.0
"""Following one key: ask, wait for a newer version, write; take away what was denied."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from skm_injector.agent.errors import ContentError, Denial
from skm_injector.agent.files import SecretFiles
from skm_injector.agent.sessions import Session, Sessions
from skm_injector.agent.settings import Settings
from skm_injector.agent.verdict import (
    Absent,
    Denied,
    News,
    NoNews,
    SessionEnded,
    Undetermined,
    Verdict,
    judge,
)
from skm_injector.backoff import Backoff
from skm_injector.connection import Answer, Connection
from skm_injector.errors import UnreachableError
from skm_injector.journal import Journal

SESSION_PATIENCE: Final = 5.0
"""Seconds to wait for a session before looking whether the files have grown too old."""

SHORTEST_WAIT: Final = 1.0
"""Seconds between questions without news, also if the KMS should not hold its answer."""

ANSWER_PATIENCE: Final = 10.0
"""Seconds that an answer may come later than the wait that was asked for."""


class Follower:
    """Keeps the files of one key; `run` is a thread of its own."""

    def __init__(
        self,
        keystore: str,
        key: str,
        *,
        settings: Settings,
        sessions: Sessions,
        files: SecretFiles,
        journal: Journal,
        backoff: Backoff,
        on_complete: Callable[[], None],
    ) -> None:
        self._path = f"/v1/keystores/{keystore}/keys/{key}/secret"
        self._key = key
        self._subject = f"{keystore}/{key}"
        self._settings = settings
        self._sessions = sessions
        self._files = files
        self._journal = journal
        self._backoff = backoff
        self._on_complete = on_complete
        self._connected: tuple[int, Connection] | None = None
        self._version = 0
        self._good: float | None = None
        self._max_offline: int | None = None
        self._ended_in_a_row = 0
        self._lock = Lock()

    def run(self) -> None:
        """Follows the key as long as the process lives."""
        while True:
            time.sleep(self.step())

    def step(self) -> float:
        """One question and what follows from its answer; returns the seconds until the next."""
        session = self._sessions.usable(SESSION_PATIENCE)
        if session is None:
            with self._lock:
                self._look_at_age()
            return 0.0
        asked = time.monotonic()
        try:
            verdict = judge(self._ask(session))
        except UnreachableError as error:
            verdict = Undetermined(str(error))
        with self._lock:
            return self._act(verdict, session, asked)

    def denied(self, denial: Denial) -> None:
        """The identity plane refused the pod: that counts for each of its keys."""
        with self._lock:
            self._deny(denial)

    def _ask(self, session: Session) -> Answer:
        if self._connected is None or self._connected[0] != session.number:
            self._disconnect()
            name, context = self._settings.server_name, session.certificate.context
            self._connected = session.number, Connection(self._settings.data, name, context)
        wait = int(self._settings.wait)
        news = f"?after={self._version}&wait={wait}" if self._version else ""
        return self._connected[1].call("GET", self._path + news, patience=wait + ANSWER_PATIENCE)

    def _disconnect(self) -> None:
        if self._connected is not None:
            self._connected[1].close()
            self._connected = None

    def _act(self, verdict: Verdict, session: Session, asked: float) -> float:
        if isinstance(verdict, SessionEnded):
            return self._session_ended(session)
        self._ended_in_a_row = 0
        match verdict:
            case News(version) if version != self._version:
                return self._write(verdict)
            case News() | NoNews():
                self._answered()
                return max(0.0, asked + SHORTEST_WAIT - time.monotonic())
            case Denied(denial):
                self._deny(denial)
            case Absent(detail):
                self._absent(detail)
            case Undetermined(reason):
                self._journal.state(self._subject, "undetermined", reason)
                self._look_at_age()
        return self._backoff.next()

    def _session_ended(self, session: Session) -> float:
        self._sessions.ended(session.number)
        self._disconnect()
        self._ended_in_a_row += 1
        return self._backoff.next() if self._ended_in_a_row > 1 else 0.0

    def _write(self, news: News) -> float:
        try:
            complete = self._files.write(self._key, news.content)
        except ContentError as error:
            self._journal.state(self._subject, "unusable", str(error))
            return self._backoff.next()
        self._version, self._max_offline = news.version, news.max_offline
        self._journal.event("written", subject=self._subject, version=news.version)
        if complete:
            self._on_complete()
        self._answered()
        return 0.0

    def _answered(self) -> None:
        self._good = time.monotonic()
        self._backoff.reset()
        self._journal.settled(self._subject)

    def _absent(self, detail: str) -> None:
        if self._files.complete and (self._version or self._files.holds(self._key)):
            remedy = "Look whether the Key or its AccessPolicy was removed"
            self._deny(Denial("policy", detail or "the key is no longer to be seen", remedy))
        else:
            self._journal.state(self._subject, "absent", f"{detail}; waiting until it is there")

    def _deny(self, denial: Denial) -> None:
        if not self._files.complete:
            self._sessions.abort(denial)
            return
        self._good = time.monotonic()
        self._journal.state(self._subject, "denied", str(denial))
        if self._settings.on_denied != "keep":
            self._wipe("denied")

    def _look_at_age(self) -> None:
        """Wipes what the KMS has not confirmed for longer than the keystore allows."""
        if self._max_offline is None or self._good is None:
            return
        if time.monotonic() - self._good > self._max_offline:
            self._wipe("offline_too_long")

    def _wipe(self, why: str) -> None:
        if self._files.holds(self._key):
            self._files.wipe(self._key)
            self._journal.event("wiped", subject=self._subject, why=why)
        self._version = 0
