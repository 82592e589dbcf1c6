# SPDX-License-Identifier: Apache-2.0
"""Refusals before authentication, counted instead of recorded one by one (DESIGN §8).

Whoever floods the KMS with strangers' requests must not fill its audit log or its memory.
"""

from dataclasses import dataclass
from typing import Final

OTHERS: Final = "others"
"""The address under which refusals are counted once the table is full."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """`count` refusals with one code from one address between two times (Unix seconds)."""

    address: str
    code: str
    count: int
    first: float
    last: float


class RefusalCounter:
    """Counts refusals by address and code for an interval; memory is bounded by `maximum`.

    The default interval of 10 s keeps a flood to a few records a minute for each address.
    """

    __slots__ = ("_counts", "_interval", "_maximum", "_since")

    def __init__(self, interval: float = 10.0, maximum: int = 1024) -> None:
        self._interval = interval
        self._maximum = maximum
        self._counts: dict[tuple[str, str], Refusals] = {}
        self._since: float | None = None

    def add(self, address: str, code: str, now: float) -> None:
        """Count one refusal at `now`."""
        if self._since is None:
            self._since = now
        pair = (address, code)
        known = self._counts.get(pair)
        if known is None and len(self._counts) >= self._maximum:
            pair = (OTHERS, code)
            known = self._counts.get(pair)
        first, count = (now, 0) if known is None else (known.first, known.count)
        self._counts[pair] = Refusals(pair[0], code, count + 1, first, now)

    def due(self, now: float) -> list[Refusals]:
        """What is to be recorded, once the interval since the first refusal is over."""
        if self._since is None or now - self._since < self._interval:
            return []
        return self.drain()

    def drain(self) -> list[Refusals]:
        """Everything counted so far, for a shutdown; counting starts anew."""
        counted = list(self._counts.values())
        self._counts.clear()
        self._since = None
        return counted
