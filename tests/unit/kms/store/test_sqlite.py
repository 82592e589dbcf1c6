# SPDX-License-Identifier: Apache-2.0
"""What every store must do, tried on SQLite; and what only a file can suffer."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skm_kms.store import (
    Row,
    RowKey,
    SqliteStore,
    StoreConflictError,
    StoreError,
    StoreFormatError,
)


def row(number: int = 1, body: bytes = b"body") -> Row:
    return Row("keys", f"key-{number}", 1, body, b"tag", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(file)
    yield made
    made.close()


def test_a_fresh_store_is_empty(store: SqliteStore) -> None:
    assert (store.installation, store.sequence, list(store.load())) == (None, 0, [])


def test_what_was_committed_is_there_after_a_restart(store: SqliteStore, file: Path) -> None:
    store.claim("i")
    store.commit([row(2), row(1)], [], 1)
    store.commit([row(1, b"newer")], [], 2)
    store.close()
    again = SqliteStore(file)
    found = [(r.id, r.body, r.sequence) for r in again.load()]
    assert found == [("key-1", b"newer", 2), ("key-2", b"body", 1)]
    assert (again.installation, again.sequence) == ("i", 2)
    again.close()


def test_a_removed_row_is_gone(store: SqliteStore) -> None:
    store.commit([row(1), row(2)], [], 1)
    store.commit([], [RowKey("keys", "key-1")], 2)
    assert [r.id for r in store.load()] == ["key-2"]


@pytest.mark.parametrize("sequence", [0, 1, 3, 99])
def test_a_commit_that_doesnt_follow_changes_nothing(store: SqliteStore, sequence: int) -> None:
    store.commit([row(1)], [], 1)
    with pytest.raises(StoreConflictError):
        store.commit([row(2)], [RowKey("keys", "key-1")], sequence)
    assert [r.id for r in store.load()] == ["key-1"]
    store.commit([row(2)], [], 2)


def test_a_store_belongs_to_one_installation(store: SqliteStore) -> None:
    store.claim("one")
    store.claim("one")
    with pytest.raises(StoreConflictError, match="another installation"):
        store.claim("two")


def test_a_commit_is_whole_or_not_at_all(store: SqliteStore) -> None:
    broken = Row("keys", "key-2", 1, None, b"tag", 0)  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        store.commit([row(1), broken], [], 1)
    assert (list(store.load()), store.sequence) == ([], 0)
    store.commit([row(1)], [], 1)


def test_a_second_process_is_kept_out(store: SqliteStore, file: Path) -> None:
    store.commit([row(1)], [], 1)
    program = f"""
from pathlib import Path
from skm_kms.store import SqliteStore, StoreError
import sqlite3
try:
    sqlite3.connect({str(file)!r}, timeout=0).execute("SELECT * FROM rows").fetchall()
except sqlite3.OperationalError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b"locked" in ran.stdout


def test_synchronous_is_full(store: SqliteStore) -> None:
    assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def foreign(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE somebody_elses (a)")
    connection.commit()
    connection.close()


def newer(file: Path) -> None:
    SqliteStore(file).close()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()


def text(file: Path) -> None:
    file.write_bytes(b"hello, this is no database at all\n" * 200)


def headless(file: Path) -> None:
    SqliteStore(file).close()
    connection = sqlite3.connect(file)
    connection.execute("DROP TABLE head")
    connection.commit()
    connection.close()


def torn(file: Path) -> None:
    store = SqliteStore(file)
    store.commit([row(n, bytes(4000)) for n in range(20)], [], 1)
    store.close()
    content = bytearray(file.read_bytes())
    content[8192:20480] = b"\xff" * (20480 - 8192)
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign, "not a database of this program"),
        (newer, "schema version 2"),
        (text, "not a database"),
        (torn, "state.db"),
    ],
)
def test_a_file_that_isnt_ours_is_refused_and_left_alone(
    file: Path, make: Callable[[Path], None], words: str
) -> None:
    make(file)
    before = file.read_bytes()
    with pytest.raises(StoreError, match=words):
        list(SqliteStore(file).load())
    assert file.read_bytes() == before


def test_a_database_without_its_head_is_refused(file: Path) -> None:
    headless(file)
    with pytest.raises(StoreError, match="head"):
        SqliteStore(file).claim("i")


def test_a_foreign_file_is_told_from_one_that_cant_be_used(file: Path, tmp_path: Path) -> None:
    text(file)
    with pytest.raises(StoreFormatError):
        SqliteStore(file)
    with pytest.raises(StoreError, match="unable to open"):
        SqliteStore(tmp_path / "absent" / "state.db")


def test_a_row_never_shows_its_body() -> None:
    assert "secret" not in repr(Row("keys", "k", 1, b"secret", b"secret", 1))
