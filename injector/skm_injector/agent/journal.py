# SPDX-License-Identifier: Apache-2.0
"""The agent's log: one JSON object a line on standard output, and never a value of a secret."""

import json
import sys
import time
from threading import Lock
from typing import TextIO


class Journal:
    """Writes events; a state that goes on is written when it begins, not at every retry."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = Lock()
        self._states: dict[str, str] = {}

    def event(self, name: str, **facts: object) -> None:
        """Writes one line; the facts are names, numbers and reasons."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"time": moment, "event": name, **facts}, ensure_ascii=False)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()

    def state(self, subject: str, name: str, reason: str) -> None:
        """Writes that a subject has come into a state, unless it was said last."""
        told = f"{name}: {reason}"
        if self._states.get(subject) != told:
            self._states[subject] = told
            self.event(name, subject=subject, reason=reason)

    def settled(self, subject: str) -> None:
        """The subject is well again: the next trouble is written even if it is the same."""
        self._states.pop(subject, None)
