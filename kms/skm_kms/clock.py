# SPDX-License-Identifier: Apache-2.0
"""Time as a parameter: whoever needs it is given a Clock, so that no test sleeps."""

import time
from typing import Protocol


class Clock(Protocol):
    """The two times of a process."""

    def now(self) -> float:
        """Unix seconds: for what is compared with other machines' times, such as certificates."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back: for ages and deadlines."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()
