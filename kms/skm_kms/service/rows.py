# SPDX-License-Identifier: Apache-2.0
"""Records as rows and back: every row is authenticated, and a row that isn't ours is refused.

A row's tag covers its table, ID, generation and body (DESIGN §8), so that no row can be edited,
swapped with another or passed off under another name.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, get_type_hints

import msgspec

from skm_common.resources import (
    AccessPolicySpec,
    KeySpec,
    KeystoreSpec,
    ResourceError,
    read_document,
)
from skm_kms.crypto import Context, Keyring, RowError, authenticate, verify
from skm_kms.model import (
    Administrator,
    Authority,
    Key,
    Keystore,
    KeyVersion,
    Policy,
    Record,
    SessionRecord,
)
from skm_kms.store import Row

from .errors import LoadError

_TYPES: Final[Mapping[str, type[Record]]] = {
    kind.table: kind
    for kind in (Administrator, Authority, Key, KeyVersion, Keystore, Policy, SessionRecord)
}
_FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    table: {field.name: get_type_hints(kind)[field.name] for field in fields(kind)}
    for table, kind in _TYPES.items()
}
_SPECS: Final = {KeystoreSpec: "Keystore", KeySpec: "Key", AccessPolicySpec: "AccessPolicy"}


def to_row(keyring: Keyring, record: Record, sequence: int) -> Row:
    """The authenticated durable form of a record."""
    names = _FIELDS[record.table]
    body = msgspec.json.encode({name: _written(getattr(record, name)) for name in names})
    tag = authenticate(keyring, _context(record.table, record.id, record.generation), body)
    return Row(record.table, record.id, record.generation, body, tag, sequence)


def from_row(keyring: Keyring, row: Row) -> Record:
    """The record behind a row; raises LoadError unless the row is exactly one that we wrote."""
    kind = _TYPES.get(row.table)
    if kind is None:
        raise LoadError(row.table, row.id, "this program has no such table")
    try:
        verify(keyring, _context(row.table, row.id, row.generation), row.body, row.tag)
        record = kind(**_read_fields(row))
    except (RowError, msgspec.DecodeError, ResourceError) as error:
        raise LoadError(row.table, row.id, str(error)) from error
    if (record.id, record.generation) != (row.id, row.generation):
        raise LoadError(row.table, row.id, "its body names another row")
    return record


def _context(table: str, row: str, generation: int) -> Context:
    return Context("row", table, row, 0, generation)


def _written(value: Any) -> Any:
    return value.document() if type(value) in _SPECS else value


def _read_fields(row: Row) -> dict[str, Any]:
    document = msgspec.json.decode(row.body, type=dict[str, Any])
    expected = _FIELDS[row.table]
    if document.keys() != expected.keys():
        raise LoadError(row.table, row.id, "it has other fields than this program writes")
    return {name: _read(document[name], kind) for name, kind in expected.items()}


def _read(value: Any, kind: Any) -> Any:
    spec = _SPECS.get(kind)
    return msgspec.convert(value, kind) if spec is None else read_document(spec, value)
