# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from skm_kms.crypto import Keyring, RowError, SystemKey, authenticate, verify


def test_an_untouched_row_verifies(keyring, context):
    verify(keyring, context, b"body", authenticate(keyring, context, b"body"))


@pytest.mark.parametrize(
    "moved",
    [{"purpose": "other"}, {"table": "keys"}, {"id": "k2"}, {"version": 4}, {"generation": 5}],
    ids=lambda moved: next(iter(moved)),
)
def test_each_part_of_the_context_alone_is_bound(keyring, context, moved):
    tag = authenticate(keyring, context, b"body")
    with pytest.raises(RowError, match="changed, moved or is not ours"):
        verify(keyring, replace(context, **moved), b"body", tag)


def test_an_edited_body_is_refused(keyring, context):
    with pytest.raises(RowError, match="changed"):
        verify(keyring, context, b"bodY", authenticate(keyring, context, b"body"))


def test_swapped_rows_are_refused(keyring, context):
    one, two = replace(context, id="one"), replace(context, id="two")
    tags = {row.id: authenticate(keyring, row, row.id.encode()) for row in (one, two)}
    with pytest.raises(RowError):
        verify(keyring, one, b"two", tags["two"])


def test_another_installation_with_the_same_keys_is_refused(keyring, context):
    other = Keyring("installation-2", keyring.by_version.values())
    with pytest.raises(RowError):
        verify(other, context, b"body", authenticate(keyring, context, b"body"))


def test_every_flipped_bit_of_a_tag_is_refused(keyring, context):
    tag = authenticate(keyring, context, b"body")
    for bit in range(len(tag) * 8):
        damaged = bytearray(tag)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RowError):
            verify(keyring, context, b"body", bytes(damaged))


@pytest.mark.parametrize("tag", [b"", b"\x01", bytes(38), bytes(39)])
def test_what_is_no_tag_is_refused(keyring, context, tag):
    with pytest.raises(RowError):
        verify(keyring, context, b"body", tag)


def test_a_tag_names_its_system_key_and_no_other_is_tried(keyring, old_key, context):
    tag = authenticate(Keyring(keyring.installation, [old_key]), context, b"body")
    verify(keyring, context, b"body", tag)
    newest = Keyring(keyring.installation, [keyring.current])
    with pytest.raises(RowError, match="version 1, which is not here"):
        verify(newest, context, b"body", tag)


def test_sealing_and_row_keys_are_independent():
    key = SystemKey.from_material(1, bytes(32))
    revealed = {key.rows.reveal(), key.checkpoints.reveal(), key.backups.reveal()}
    assert len(revealed | {key.material.reveal()}) == 4
