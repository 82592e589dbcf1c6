# SPDX-License-Identifier: Apache-2.0
"""What a verification of a log found, and up to where it vouches for the records."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was done to a log.

    `DAMAGED` is about a stored tile whose records are all right; every other kind is about records.
    """

    UNSIGNED = "unsigned"
    EDITED = "edited"
    REMOVED = "removed"
    ADDED = "added"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    FORKED = "forked"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about the records `first` to `end` (exclusive), counted from 0."""

    kind: Kind
    first: int
    end: int
    detail: str

    def __str__(self) -> str:
        if self.end == self.first + 1:
            return f"{self.kind}: record {self.first}: {self.detail}"
        return f"{self.kind}: records {self.first} to {self.end - 1}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome for a log whose signed head is of `size` records.

    The first `vouched` records are exactly those that the log's key signed. The first `witnessed`
    ones are also those that an outside head saw: without one, 0, and a log that was cut back to an
    older genuine head, or signed anew by a thief of its key, can't be told from an honest one.
    """

    size: int
    vouched: int
    witnessed: int
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing at all was found."""
        return not self.findings
