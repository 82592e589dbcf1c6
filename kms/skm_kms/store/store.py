# SPDX-License-Identifier: Apache-2.0
"""The seam under the state: one interface, one contract suite, whatever holds the rows."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from .row import Row, RowKey


class Store(Protocol):
    """Durable rows with a global sequence; calls block, so they belong on a thread of their own."""

    @property
    def installation(self) -> str | None:
        """The installation ID the rows belong to, or None before the first commit says it."""
        ...

    @property
    def sequence(self) -> int:
        """The number of the newest commit; 0 for an empty store."""
        ...

    def load(self) -> Iterator[Row]:
        """Every row, by table and ID."""
        ...

    def claim(self, installation: str) -> None:
        """Durably bind an empty store to an installation; the same ID again is success."""
        ...

    def commit(self, puts: Iterable[Row], removes: Iterable[RowKey], sequence: int) -> None:
        """Write and remove rows in one durable transaction that makes the state `sequence`.

        Compare-and-set: raises StoreConflictError unless the store's sequence is `sequence` - 1,
        and StoreError, with nothing changed, if it can't be made durable.
        """
        ...

    def probe(self) -> None:
        """Write something durably that means nothing; raises StoreError if that can't be done."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
