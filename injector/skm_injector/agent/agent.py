# SPDX-License-Identifier: Apache-2.0
"""The agent put together: a thread a key, one for the kubelet, and the session in the main one."""

import os
import random
import threading
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from skm_injector.agent.errors import Denial
from skm_injector.agent.files import SecretFiles
from skm_injector.agent.follower import Follower
from skm_injector.agent.identity import IdentityClient
from skm_injector.agent.key import make_key
from skm_injector.agent.readiness import Readiness
from skm_injector.agent.sessions import Sessions
from skm_injector.agent.settings import Settings
from skm_injector.backoff import Backoff
from skm_injector.journal import Journal


class Agent:
    """One run of the agent. Making it forks the child that makes the key: no thread before."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._settings = settings
        self._journal = journal
        identity = IdentityClient(settings, make_key())
        keys = frozenset(key for _, key in settings.key_names)
        self._files = SecretFiles(Path(settings.directory), keys)
        self._readiness = Readiness(int(settings.listen), complete=self._files.complete)
        uniform = random.SystemRandom().uniform
        self._sessions = Sessions(identity, journal, self._backoff(), uniform, self._deny)
        self._followers = [self._follower(*name) for name in settings.key_names]

    def run(self) -> None:
        """Serves as long as the container lives; raises DeniedError before the first set."""
        threading.excepthook = self._end
        self._journal.event("started", port=self._readiness.port, keys=len(self._followers))
        self._start(self._readiness.serve)
        for follower in self._followers:
            self._start(follower.run)
        self._sessions.keep()

    def _backoff(self) -> Backoff:
        first, longest = float(self._settings.pause), float(self._settings.longest_pause)
        return Backoff(first, longest, random.SystemRandom().uniform)

    def _follower(self, keystore: str, key: str) -> Follower:
        return Follower(
            keystore,
            key,
            settings=self._settings,
            sessions=self._sessions,
            files=self._files,
            journal=self._journal,
            backoff=self._backoff(),
            on_complete=self._complete,
        )

    def _complete(self) -> None:
        self._readiness.complete()
        self._journal.event("complete", keys=len(self._followers))

    def _deny(self, denial: Denial) -> None:
        for follower in self._followers:
            follower.denied(denial)

    def _end(self, failure: threading.ExceptHookArgs) -> None:
        """A thread that failed ends the process, which the kubelet starts again.

        Only the error's kind is told: its words could quote what was being written.
        """
        self._journal.event("failed", error=failure.exc_type.__name__)
        os._exit(1)

    def _start(self, work: Callable[[], None]) -> None:
        Thread(target=work, daemon=True).start()
