# SPDX-License-Identifier: Apache-2.0
"""The statistics of a run: medians and spreads of differences, and the order of a pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, lower and upper quartile of at least one number."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"quartiles {self.low:.2f} to {self.high:.2f}"


def spread(numbers: Sequence[float]) -> Spread:
    """The spread of some numbers; ValueError where there is none."""
    if not numbers:
        raise ValueError("there are no numbers")
    if len(numbers) == 1:
        return Spread(numbers[0], numbers[0], numbers[0])
    low, _, high = quantiles(numbers, n=4, method="inclusive")
    return Spread(median(numbers), low, high)


def differences(pairs: Sequence[tuple[float, float]]) -> list[float]:
    """Second minus first of each pair."""
    return [second - first for first, second in pairs]


def alternating(number: int) -> tuple[bool, bool]:
    """In which order the two of a pair run: what drifts during a run hits both alike."""
    return (False, True) if number % 2 == 0 else (True, False)
