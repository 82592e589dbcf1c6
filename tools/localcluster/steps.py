# SPDX-License-Identifier: Apache-2.0
"""Progress for a person who waits: one line a step, with the time it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


class Steps:
    """Prints steps as they begin and end; `clock` returns seconds and only differences count."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._began = clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the first step could begin."""
        return self._clock() - self._began

    def say(self, text: str) -> None:
        """Print a line of its own."""
        print(text, file=self._out, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print the title now, and the seconds it took when the block is left without an error."""
        began = self._clock()
        print(f"  {title} ... ", end="", file=self._out, flush=True)
        try:
            yield
        except BaseException:
            self.say("stopped")
            raise
        self.say(f"{self._clock() - began:.1f} s")
