# SPDX-License-Identifier: Apache-2.0
"""The pod's session: obtained, renewed at a random point of its life, obtained again when it ended.

One thread keeps it (`keep`); those that follow the keys take the newest and say when the KMS has
ended it. A new certificate does not disturb connections that wait for news under the old one.
"""

import time
from collections.abc import Callable
from threading import Condition
from typing import Final, NamedTuple

from skm_injector.agent.errors import Denial, DeniedError
from skm_injector.agent.identity import Certificate, IdentityClient, Refusal
from skm_injector.agent.verdict import Absent, Denied, SessionEnded
from skm_injector.backoff import Backoff
from skm_injector.errors import UnreachableError
from skm_injector.journal import Journal

RENEW_FROM: Final = 1 / 2
RENEW_TO: Final = 2 / 3
"""Parts of a session's life between which its renewal falls, at random."""

SHORTEST_LIFE: Final = 2.0
LONGEST_LIFE: Final = 600.0
"""Seconds; no session lives longer. A node's clock that says otherwise is wrong, and must lead
neither to renewing too late nor to asking in a tight loop."""


def life(remaining: float) -> float:
    """The seconds that a session lives, by what this machine's clock says remains of it."""
    plausible = 0 < remaining <= LONGEST_LIFE
    return max(SHORTEST_LIFE, remaining) if plausible else LONGEST_LIFE


class Session(NamedTuple):
    """A certificate under a serial number of this process."""

    number: int
    certificate: Certificate


class Sessions:
    """What the agent's threads tell each other about the session."""

    def __init__(
        self,
        identity: IdentityClient,
        journal: Journal,
        backoff: Backoff,
        uniform: Callable[[float, float], float],
        on_denied: Callable[[Denial], None],
    ) -> None:
        self._identity = identity
        self._journal = journal
        self._backoff = backoff
        self._uniform = uniform
        self._on_denied = on_denied
        self._changed = Condition()
        self._session: Session | None = None
        self._ended = 0
        # What the KMS's clock calls expired fails in the handshake, which looks like a KMS that is
        # away: so a renewal that found nobody is followed by an attempt with the token.
        self._by_token = False
        self._fatal: Denial | None = None

    def usable(self, patience: float) -> Session | None:
        """The newest session that the KMS hasn't ended, waited for at most `patience` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._usable() is not None, patience)
            return self._usable()

    def ended(self, number: int) -> None:
        """The KMS said that the session with this number is over."""
        with self._changed:
            self._ended = max(self._ended, number)
            self._changed.notify_all()

    def abort(self, denial: Denial) -> None:
        """Ends `keep`: the pod was refused before its set was complete."""
        with self._changed:
            self._fatal = self._fatal or denial
            self._changed.notify_all()

    def keep(self) -> None:
        """Keeps a session for ever; raises DeniedError after `abort`."""
        pause = 0.0
        while True:
            self._rest(pause)
            pause = self._obtain()

    def _usable(self) -> Session | None:
        session = self._session
        return session if session is not None and session.number > self._ended else None

    def _rest(self, seconds: float) -> None:
        """Waits until it is time to ask, or the session in use has ended, or all is over."""
        with self._changed:
            held = self._usable()
            self._changed.wait_for(
                lambda: self._fatal is not None or self._usable() is not held, seconds
            )
            if self._fatal is not None:
                raise DeniedError(self._fatal)

    def _obtain(self) -> float:
        """Asks once; returns the seconds until the next time."""
        current = self._usable()
        by_token = current is None or self._by_token
        try:
            if current is None or by_token:
                answer = self._identity.bootstrap()
            else:
                answer = self._identity.renew(current.certificate)
        except UnreachableError as error:
            self._journal.state("session", "kms_unreachable", str(error))
            self._by_token = not by_token
            return self._backoff.next()
        if isinstance(answer, Certificate):
            return self._accept(answer)
        return self._refused(answer, current)

    def _accept(self, certificate: Certificate) -> float:
        with self._changed:
            number = 1 if self._session is None else self._session.number + 1
            self._session = Session(number, certificate)
            self._changed.notify_all()
        self._by_token = False
        self._backoff.reset()
        self._journal.settled("session")
        self._journal.event("session_issued", number=number)
        return life(certificate.ends - time.time()) * self._uniform(RENEW_FROM, RENEW_TO)

    def _refused(self, refusal: Refusal, current: Session | None) -> float:
        match refusal:
            case Denied(denial):
                self._journal.state("session", "session_denied", str(denial))
                self._on_denied(denial)
            case SessionEnded():
                self._journal.state("session", "session_ended", "the KMS no longer takes it")
                if current is not None:
                    self.ended(current.number)
                    return 0.0
            case Absent(detail):
                self._journal.state("session", "identity_absent", detail)
            case undetermined:
                self._journal.state("session", "session_undetermined", undetermined.reason)
        return self._backoff.next()
