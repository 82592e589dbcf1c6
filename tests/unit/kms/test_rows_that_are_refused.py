# SPDX-License-Identifier: Apache-2.0
"""A database that someone else has written into: every row is refused that isn't ours, in place."""

import sqlite3
from pathlib import Path

import pytest
from kms_harness import MANAGED, key, keystore

from skm_common.resources import translate
from skm_kms.crypto import Keyring, SystemKey
from skm_kms.model import (
    Administrator,
    AdministratorId,
    Binding,
    Key,
    KeyId,
    Keystore,
    KeystoreId,
    KeyVersion,
    Record,
)
from skm_kms.service.errors import LoadError
from skm_kms.service.loading import load
from skm_kms.service.rows import to_row
from skm_kms.store import SqliteStore

KEYRING = Keyring("installation-1", [SystemKey.from_material(1, b"\x11" * 32)])
STORE = Keystore(
    id=KeystoreId("ks_1"),
    generation=1,
    name="orders.orders",
    spec=translate(keystore()).spec,  # type: ignore[arg-type]
    binding=Binding("cluster", "namespace"),
    origin=None,
    created_at=1.0,
)
KEY = Key(
    id=KeyId("key_1"),
    generation=1,
    keystore_id=STORE.id,
    name="db",
    spec=translate(key("db", 510, MANAGED)).spec,  # type: ignore[arg-type]
    origin=None,
    created_at=1.0,
    current_version=2,
)
FIRST, SECOND = (KeyVersion(KEY.id, number, 1, "Enabled", 1.0, b"sealed") for number in (1, 2))
AUDITOR = Administrator(AdministratorId("admin_1"), 1, "eve", "auditor", "5a", 1.0, 9.0)
RECORDS: tuple[Record, ...] = (STORE, KEY, FIRST, SECOND, AUDITOR)


def written(path: Path, *records: Record) -> Path:
    store = SqliteStore(path / "state.db")
    store.commit([to_row(KEYRING, record, 1) for record in records], [], 1)
    store.close()
    return path / "state.db"


def loaded(database: Path) -> None:
    store = SqliteStore(database)
    try:
        load(store, KEYRING)
    finally:
        store.close()


def test_what_was_written_is_loaded(tmp_path: Path) -> None:
    database = written(tmp_path, *RECORDS)
    store = SqliteStore(database)
    tables = load(store, KEYRING)
    store.close()
    assert tables.key_by_id(KEY.id) == KEY
    assert list(tables.administrators.values()) == [AUDITOR]


EDITS = {
    "role raised": "UPDATE rows SET body = CAST(replace(CAST(body AS TEXT),"
    " 'auditor', 'administrator') AS BLOB)"
    " WHERE name = 'administrators'",
    "tag taken away": "UPDATE rows SET tag = x'' WHERE name = 'administrators'",
    "tag of another row": "UPDATE rows SET tag = (SELECT tag FROM rows WHERE name = 'keys')"
    " WHERE name = 'administrators'",
    "generation moved": "UPDATE rows SET generation = 2 WHERE name = 'administrators'",
    "another name": "UPDATE rows SET id = 'admin_2' WHERE name = 'administrators'",
    "another table": "UPDATE rows SET name = 'keystores' WHERE name = 'administrators'",
    "value of another version": "UPDATE rows SET (body, tag) = (SELECT body, tag FROM rows"
    " WHERE id = 'key_1/2') WHERE id = 'key_1/1'",
    "sequence ahead": "UPDATE rows SET sequence = 2 WHERE name = 'administrators'",
    "an unknown table": "INSERT INTO rows VALUES ('approvers', 'a', 1, x'7b7d', x'00', 1)",
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_row_is_found_at_load(tmp_path: Path, edit: str) -> None:
    database = written(tmp_path, *RECORDS)
    tamper(database, EDITS[edit])
    with pytest.raises(LoadError):
        loaded(database)


@pytest.mark.parametrize(
    ("table", "row", "words"),
    [
        ("keystores", "ks_1", "keystore's row is missing"),
        ("keys", "key_1", "key's row is missing"),
        ("key_versions", "key_1/1", "one of its versions is missing"),
        ("key_versions", "key_1/2", "one of its versions is missing"),
    ],
)
def test_a_removed_row_is_missed_by_those_that_name_it(
    tmp_path: Path, table: str, row: str, words: str
) -> None:
    database = written(tmp_path, *RECORDS)
    tamper(database, f"DELETE FROM rows WHERE name = '{table}' AND id = '{row}'")
    with pytest.raises(LoadError, match=words):
        loaded(database)


def test_rows_of_another_installation_are_refused(tmp_path: Path) -> None:
    database = written(tmp_path, AUDITOR)
    other = Keyring("installation-2", [SystemKey.from_material(1, b"\x11" * 32)])
    store = SqliteStore(database)
    with pytest.raises(LoadError):
        load(store, other)
    store.close()


def tamper(database: Path, statement: str) -> None:
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(statement)
    connection.close()
