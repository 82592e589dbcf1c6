# SPDX-License-Identifier: Apache-2.0
"""The log: one JSON object a line. Facts are names, addresses, numbers and reasons, no token."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO


class Journal:
    """Writes events; a state that lasts is written when it begins and when it changes."""

    def __init__(
        self,
        stream: TextIO = sys.stdout,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._states: dict[str, str] = {}

    def event(self, name: str, **facts: object) -> None:
        """Write one line."""
        moment = self._clock().isoformat(timespec="milliseconds")
        self._stream.write(json.dumps({"time": moment, "event": name, **facts}) + "\n")
        self._stream.flush()

    def state(self, subject: str, name: str, reason: str) -> None:
        """Write that a subject has come into a state, unless that was the last thing said of it."""
        if self._states.get(subject) != reason:
            self._states[subject] = reason
            self.event(name, subject=subject, reason=reason)

    def forget(self, gone: Callable[[str], bool]) -> None:
        """Drop what was said of subjects that are gone."""
        self._states = {name: said for name, said in self._states.items() if not gone(name)}
