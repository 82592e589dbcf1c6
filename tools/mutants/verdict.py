# SPDX-License-Identifier: Apache-2.0
"""What a trial says about a mutant, and how it is told."""

from dataclasses import dataclass

from mutants.mutant import Mutant
from mutants.trial import Trial


@dataclass(frozen=True, slots=True)
class Verdict:
    """A mutant and the tests that turned red; good if they are exactly those it names."""

    mutant: Mutant
    trial: Trial

    @property
    def red(self) -> frozenset[str]:
        """The red tests by the mutant's own names."""
        return self.mutant.as_named(self.trial.red)

    @property
    def good(self) -> bool:
        """Whether exactly the named tests turned red; no red test at all is never good."""
        return bool(self.red) and self.red == self.mutant.expected

    def lines(self) -> list[str]:
        """One line, and one more for each test that was red unnamed or named and green."""
        red, expected = self.red, self.mutant.expected
        head = f"{'ok ' if self.good else 'BAD'} {self.mutant.name}: {_count(len(red), 'test')} red"
        surplus = [f"      red, but not named: {test}" for test in sorted(red - expected)]
        missing = [f"      stayed green: {test}" for test in sorted(expected - red)]
        return [f"{head} of {self.trial.ran}", *surplus, *missing]


def summary(verdicts: list[Verdict]) -> str:
    """The last line of a run."""
    good = sum(verdict.good for verdict in verdicts)
    return f"{good} of {len(verdicts)} mutants turned exactly their tests red"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
