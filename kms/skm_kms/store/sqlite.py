# SPDX-License-Identifier: Apache-2.0
"""Rows in one SQLite file: WAL, full durability, one transaction a commit."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .errors import StoreConflictError, StoreError, StoreFormatError
from .row import Row, RowKey

APPLICATION_ID: Final = 0x736B6D31
"""`skm1`, in the file's header: another program's database is never taken for ours."""
SCHEMA_VERSION: Final = 1

_SCHEMA: Final = (
    "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), installation TEXT,"
    " sequence INTEGER NOT NULL, probes INTEGER NOT NULL) STRICT",
    "CREATE TABLE rows (name TEXT NOT NULL, id TEXT NOT NULL, generation INTEGER NOT NULL,"
    " body BLOB NOT NULL, tag BLOB NOT NULL, sequence INTEGER NOT NULL,"
    " PRIMARY KEY (name, id)) STRICT, WITHOUT ROWID",
    "INSERT INTO head VALUES (1, NULL, 0, 0)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)


class SqliteStore:
    """A Store in the file `path`, made if it isn't there; one process and one thread at a time.

    Raises StoreFormatError for a file that isn't ours, StoreError for one that can't be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            self._connection = sqlite3.connect(
                path, timeout=5, isolation_level=None, check_same_thread=False
            )
        try:
            with self._explained():
                self._open()
        except StoreError:
            self._connection.close()
            raise

    def _open(self) -> None:
        """Check whose file it is before a single byte of it is changed."""
        application, version, tables = (
            self._value("PRAGMA application_id"),
            self._value("PRAGMA user_version"),
            self._value("SELECT count(*) FROM sqlite_schema"),
        )
        fresh = application == version == tables == 0
        if not fresh and application != APPLICATION_ID:
            raise StoreFormatError(f"{self._path} is not a database of this program")
        if not fresh and version != SCHEMA_VERSION:
            raise StoreFormatError(
                f"{self._path} has schema version {version}; this program knows {SCHEMA_VERSION}"
            )
        self._configure()
        if fresh:
            with self._transaction():
                for statement in _SCHEMA:
                    self._connection.execute(statement)
        elif self._value("PRAGMA quick_check(1)") != "ok":
            raise StoreError(f"{self._path} is damaged: SQLite's quick_check fails")

    def _configure(self) -> None:
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        mode = self._value("PRAGMA journal_mode = WAL")
        if mode != "wal":
            raise StoreError(f"{self._path} can't be used with a write-ahead log")
        # FULL: a commit returns only after the log is synced; NORMAL would lose it with the power.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA cache_size = -2048")

    @property
    def installation(self) -> str | None:
        """The installation ID the rows belong to, or None before `claim`."""
        with self._explained():
            found = self._value("SELECT installation FROM head")
        return None if found is None else str(found)

    @property
    def sequence(self) -> int:
        """The number of the newest commit; 0 for an empty store."""
        with self._explained():
            return self._sequence()

    def load(self) -> Iterator[Row]:
        """Every row, by table and ID."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT name, id, generation, body, tag, sequence FROM rows ORDER BY name, id"
            )
            yield from (Row(*found) for found in rows)

    def claim(self, installation: str) -> None:
        """Durably bind an empty store to an installation; the same ID again is success."""
        with self._explained(), self._transaction():
            held = self._value("SELECT installation FROM head")
            if held not in (None, installation):
                raise StoreConflictError(f"{self._path} belongs to another installation")
            self._connection.execute("UPDATE head SET installation = ?", (installation,))

    def commit(self, puts: Iterable[Row], removes: Iterable[RowKey], sequence: int) -> None:
        """Write and remove rows in one durable transaction that makes the state `sequence`."""
        with self._explained(), self._transaction():
            found = self._sequence()
            if found != sequence - 1:
                raise StoreConflictError(f"the database is at {found}, not at {sequence - 1}")
            self._connection.executemany(
                "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?)",
                [(r.table, r.id, r.generation, r.body, r.tag, sequence) for r in puts],
            )
            self._connection.executemany(
                "DELETE FROM rows WHERE name = ? AND id = ?", [(r.table, r.id) for r in removes]
            )
            self._connection.execute("UPDATE head SET sequence = ?", (sequence,))

    def probe(self) -> None:
        """Write durably what means nothing: finds a full or read-only disk before a user does."""
        with self._explained(), self._transaction():
            self._connection.execute("UPDATE head SET probes = probes + 1")

    def close(self) -> None:
        """Close the file; a later call raises StoreError."""
        self._connection.close()

    def _sequence(self) -> int:
        return int(str(self._value("SELECT sequence FROM head")))

    def _value(self, statement: str) -> object:
        found = self._connection.execute(statement).fetchone()
        if found is None:
            raise StoreError(f"{self._path} lacks its head: it is damaged or not ours")
        return found[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLite's errors as StoreError: they carry paths and reasons, never values."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            kind = StoreFormatError if "not a database" in str(error) else StoreError
            raise kind(f"{self._path}: {error}") from error
