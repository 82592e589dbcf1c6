# SPDX-License-Identifier: Apache-2.0
"""Every record survives its row, and no row survives an edit."""

from dataclasses import replace

import pytest

from skm_common.resources import (
    AccessPolicySpec,
    Authentication,
    FixedField,
    GeneratedField,
    GeneratedSecret,
    KeySpec,
    KeystoreSpec,
    MacMethod,
    ManagedSecret,
    Rule,
    SymmetricKey,
    WorkloadSubject,
)
from skm_kms.crypto import Keyring, SystemKey
from skm_kms.model import (
    Administrator,
    AdministratorId,
    Authority,
    Binding,
    Key,
    KeyId,
    Keystore,
    KeystoreId,
    KeyVersion,
    Origin,
    Policy,
    PolicyId,
    Record,
    SessionRecord,
)
from skm_kms.service.errors import LoadError
from skm_kms.service.rows import from_row, to_row

KEYRING = Keyring("i", [SystemKey.generate(1)])
KS, KEY = KeystoreId("ks-1"), KeyId("key-1")
SPEC = KeystoreSpec(Authentication(True, True, MacMethod("Declared", True)), max_offline=60)
SECRET = GeneratedSecret((("password", GeneratedField(16)), ("username", FixedField("o"))))
POLICY = AccessPolicySpec(
    "orders",
    (WorkloadSubject("sa", (("app", "x"),)),),
    (Rule(("a",), ("ReadSecret",)),),
    ("10.0.0.0/8",),
)
RECORDS: list[Record] = [
    Keystore(KS, 3, "orders.orders", SPEC, Binding("c", "n"), Origin("u", 7), 1.5, True, 9.0),
    Keystore(KS, 1, "orders.plain", SPEC, Binding("c", "n"), None, 1.5),
    Key(KEY, 2, KS, "db", KeySpec("orders", SECRET), Origin("u", 1), 2.0, 3, "2026-01-01", True),
    Key(KEY, 1, KS, "db", KeySpec("orders", ManagedSecret(), "Delete"), None, 2.0),
    Key(KEY, 1, KS, "enc", KeySpec("orders", SymmetricKey()), None, 2.0, destroy_at=5.0),
    KeyVersion(KEY, 4, 1, "Enabled", 3.0, b"\x00\xffsealed"),
    Policy(PolicyId("ap-1"), 1, KS, "app", POLICY, Origin("u", 1), 4.0),
    Administrator(AdministratorId("admin-1"), 1, "ada", "administrator", "ab" * 32, 1.0, 2.0),
    Authority("sessions", 1, b"der\x00", b"sealed\xff"),
    SessionRecord("uid", 5, "orders", "sa", "pod", "node0", "cd" * 32, 1.0, 2.0, True),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record.table}-{record.id}")
def test_a_record_survives_its_row(record: Record) -> None:
    assert from_row(KEYRING, to_row(KEYRING, record, 1)) == record


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record.table}-{record.id}")
def test_no_row_survives_an_edit(record: Record) -> None:
    row = to_row(KEYRING, record, 1)
    other = to_row(KEYRING, RECORDS[0] if record.table != "keystores" else RECORDS[2], 1)
    edits = [
        replace(row, body=row.body.replace(b"1", b"2", 1)),
        replace(row, body=row.body + b" "),
        replace(row, id=row.id + "x"),
        replace(row, generation=row.generation + 1),
        replace(row, tag=row.tag[:-1] + bytes([row.tag[-1] ^ 1])),
        replace(row, tag=b""),
        replace(row, tag=other.tag),
        replace(row, body=other.body),
        replace(row, body=other.body, tag=other.tag),
        replace(other, table=row.table),
    ]
    for edited in edits:
        with pytest.raises(LoadError) as refused:
            from_row(KEYRING, edited)
        assert edited.table in str(refused.value)
        assert edited.id in str(refused.value)


def test_a_row_of_another_installation_is_refused() -> None:
    row = to_row(Keyring("other", KEYRING.by_version.values()), RECORDS[0], 1)
    with pytest.raises(LoadError):
        from_row(KEYRING, row)


def test_a_table_that_nobody_knows_is_refused() -> None:
    with pytest.raises(LoadError, match="no such table"):
        from_row(KEYRING, replace(to_row(KEYRING, RECORDS[0], 1), table="rootkits"))


def test_no_record_shows_what_is_sealed() -> None:
    for record in RECORDS:
        assert "sealed" not in repr(record).replace("sealed=", "")
