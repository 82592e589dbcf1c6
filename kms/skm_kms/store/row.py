# SPDX-License-Identifier: Apache-2.0
"""A row: the durable form of one record, authenticated by whoever wrote it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One row; the store neither reads nor understands `body` and `tag`.

    `generation` counts the writes of this row, `sequence` is the state's number in which it was
    written last: a global count of commits.
    """

    table: str
    id: str
    generation: int
    body: bytes = field(repr=False)
    tag: bytes = field(repr=False)
    sequence: int


@dataclass(frozen=True, slots=True)
class RowKey:
    """Which row: for removals."""

    table: str
    id: str
