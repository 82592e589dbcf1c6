# SPDX-License-Identifier: Apache-2.0
"""Names what was done to the records of one bundle, given the leaf hashes it must have."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .report import Finding, Kind

Hashes = Sequence[bytes]


@dataclass(slots=True)
class Comparison:
    """Collects differences bundle by bundle, in order.

    A record taken out moves every later one forward, across bundles too; `_shifted` remembers
    that, so that one removal is one finding.
    """

    findings: list[Finding] = field(default_factory=list)
    _edited: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    _missing: dict[int, bytes] = field(default_factory=dict)
    _shifted: bool = False

    def compare(self, start: int, expected: Hashes, actual: Hashes) -> None:
        """Compare the bundle that begins at record `start`."""
        first = _first_difference(expected, actual)
        if first is None:
            self._shifted = False
        elif sorted(expected) == sorted(actual):
            last = max(at for at, leaf in enumerate(expected) if leaf != actual[at])
            self._add(Kind.REORDERED, start + first, start + last + 1, "in another order")
        elif _follows(actual, expected, first):
            self._removed(start, first, expected, actual)
        elif _follows(expected, actual, first):
            self._add(Kind.ADDED, start + first, start + first + 1, "a record was put in here")
        else:
            self._edit(start, expected, actual)

    def missing(self, start: int, end: int) -> None:
        """The bundle of these records is not there, or can't be read."""
        self._add(Kind.REMOVED, start, end, "the bundle is missing or unreadable")

    def _removed(self, start: int, first: int, expected: Hashes, actual: Hashes) -> None:
        if not (self._shifted and first == 0):
            self._missing[start + first] = expected[first]
            self._add(Kind.REMOVED, start + first, start + first + 1, "the record is gone")
        self._shifted = len(actual) == len(expected)

    def _edit(self, start: int, expected: Hashes, actual: Hashes) -> None:
        for at, (leaf, found) in enumerate(zip(expected, actual, strict=False)):
            if leaf != found:
                self._edited[start + at] = (leaf, found)
        common = min(len(expected), len(actual))
        if len(actual) < len(expected):
            end = start + len(expected)
            self._add(Kind.REMOVED, start + common, end, "the records are gone")
        elif len(actual) > len(expected):
            end = start + len(actual)
            self._add(Kind.ADDED, start + common, end, "the bundle has records too many")

    def finish(self) -> list[Finding]:
        """Every finding; a record that stands elsewhere in the log was moved, not edited."""
        self._join_across_bundles()
        homes = {expected for expected, _ in self._edited.values()}
        for index, (_, found) in self._edited.items():
            if found in homes:
                self._add(Kind.REORDERED, index, index + 1, "another record of the log stands here")
            else:
                self._add(Kind.EDITED, index, index + 1, "not the record that was logged")
        self._edited.clear()
        return sorted(self.findings, key=lambda finding: finding.first)

    def _join_across_bundles(self) -> None:
        """The last record of a bundle, taken out, shows as an edit there and a gap behind it."""
        for gap, leaf in self._missing.items():
            if gap - 1 in self._edited and self._edited[gap - 1][1] == leaf:
                del self._edited[gap - 1]
                self.findings = [found for found in self.findings if found.first != gap]
                self._add(Kind.REMOVED, gap - 1, gap, "the record is gone")

    def _add(self, kind: Kind, first: int, end: int, detail: str) -> None:
        self.findings.append(Finding(kind, first, end, detail))


def _first_difference(expected: Hashes, actual: Hashes) -> int | None:
    for at, (leaf, found) in enumerate(zip(expected, actual, strict=False)):
        if leaf != found:
            return at
    return None if len(expected) == len(actual) else min(len(expected), len(actual))


def _follows(shorter: Hashes, longer: Hashes, first: int) -> bool:
    """Whether `shorter` goes on from `first` as `longer` does one later: one is missing there."""
    end = min(len(shorter), len(longer) - 1)
    if end == first:
        return len(shorter) == len(longer) - 1
    return end > first and shorter[first:end] == longer[first + 1 : end + 1]
