# SPDX-License-Identifier: Apache-2.0
"""Loading the state: every row is verified, and the rows must fit together, or nothing is served.

A row that was removed leaves others behind that name it: those are refused. (A row that nothing
names, or an older genuine row, is found by the state root, which comes with the anchor.)
"""

from skm_kms.crypto import Keyring
from skm_kms.model import Key, KeyVersion, Policy, Record
from skm_kms.store import Store

from .errors import LoadError
from .rows import from_row
from .tables import Tables


def load(store: Store, keyring: Keyring) -> Tables:
    """The state behind the rows; raises LoadError naming table and row, or StoreError."""
    tables = Tables()
    newest = store.sequence
    for row in store.load():
        if not 1 <= row.sequence <= newest:
            raise LoadError(row.table, row.id, "it is newer than the newest commit")
        record = from_row(keyring, row)
        if tables.current(record) is not None:
            raise LoadError(row.table, row.id, "it stands twice")
        tables.put(record)
    for record in tables.records():
        _check_belongs(tables, record)
    return tables


def _check_belongs(tables: Tables, record: Record) -> None:
    if isinstance(record, Key | Policy) and tables.keystore_by_id(record.keystore_id) is None:
        raise LoadError(record.table, record.id, "its keystore's row is missing")
    if isinstance(record, KeyVersion) and tables.key_by_id(record.key_id) is None:
        raise LoadError(record.table, record.id, "its key's row is missing")
    if isinstance(record, Key):
        numbers = sorted(tables.versions(record.id))
        if numbers != list(range(1, record.current_version + 1)):
            raise LoadError(record.table, record.id, "a row of one of its versions is missing")
