# SPDX-License-Identifier: Apache-2.0
"""How long to wait after failures: a random part of a bound that doubles (DESIGN §6.8).

All agents and node agents of a cluster lose a KMS in the same second; they must not come back in
the same second.
"""

from collections.abc import Callable


class Backoff:
    """Counts failures in a row; `uniform(low, high)` supplies the randomness."""

    def __init__(
        self, first: float, longest: float, uniform: Callable[[float, float], float]
    ) -> None:
        self._first = first
        self._longest = longest
        self._uniform = uniform
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        bound = min(self._longest, self._first * 2 ** min(self._failures, 16))
        self._failures += 1
        return self._uniform(0.0, bound)

    def reset(self) -> None:
        """The last attempt was answered."""
        self._failures = 0
