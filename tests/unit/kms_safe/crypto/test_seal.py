# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skm_kms.crypto import Context, Keyring, SealError, SystemKey, seal, sealed_version, unseal

ANY_KEYRING = Keyring("any", [SystemKey.from_material(1, b"\x55" * 32)])
CONTEXTS = st.builds(
    Context,
    purpose=st.text(max_size=6),
    table=st.text(max_size=6),
    id=st.text(max_size=6),
    version=st.integers(0, 2**64 - 1),
    generation=st.integers(0, 2**64 - 1),
)


@given(st.binary(max_size=300), CONTEXTS)
def test_what_is_sealed_opens_in_its_own_context(plaintext, context):
    assert unseal(ANY_KEYRING, seal(ANY_KEYRING, plaintext, context), context) == plaintext


@given(CONTEXTS, CONTEXTS)
def test_it_opens_in_no_other_context(here, there):
    sealed = seal(ANY_KEYRING, b"v", here)
    if here == there:
        assert unseal(ANY_KEYRING, sealed, there) == b"v"
    else:
        with pytest.raises(SealError):
            unseal(ANY_KEYRING, sealed, there)


@pytest.mark.parametrize(
    "moved",
    [{"purpose": "authority"}, {"table": "keys"}, {"id": "k2"}, {"version": 4}, {"generation": 5}],
    ids=lambda moved: next(iter(moved)),
)
def test_each_part_of_the_context_alone_is_bound(keyring, context, moved):
    sealed = seal(keyring, b"value", context)
    with pytest.raises(SealError, match="changed or moved"):
        unseal(keyring, sealed, replace(context, **moved))


def test_a_byte_does_not_wander_between_neighbouring_parts(keyring, context):
    sealed = seal(keyring, b"value", replace(context, table="ab", id="c"))
    with pytest.raises(SealError):
        unseal(keyring, sealed, replace(context, table="a", id="bc"))


def test_another_installation_with_the_same_keys_is_refused(keyring, context):
    other = Keyring("installation-2", keyring.by_version.values())
    with pytest.raises(SealError, match="changed or moved"):
        unseal(other, seal(keyring, b"value", context), context)


def test_every_flipped_bit_is_refused(keyring, context):
    sealed = seal(keyring, b"value", context)
    for bit in range(len(sealed) * 8):
        damaged = bytearray(sealed)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealError):
            unseal(keyring, bytes(damaged), context)


def test_every_truncation_is_refused(keyring, context):
    sealed = seal(keyring, b"value", context)
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            unseal(keyring, sealed[:length], context)


def test_the_current_key_seals_and_the_header_chooses_the_key(keyring, old_key, context):
    old = seal(Keyring(keyring.installation, [old_key]), b"old", context)
    new = seal(keyring, b"new", context)
    assert (sealed_version(old), sealed_version(new)) == (1, 2)
    assert unseal(keyring, old, context) == b"old"
    assert unseal(keyring, new, context) == b"new"


def test_keys_are_not_tried_in_turn(keyring, old_key, context):
    """The version in the header is changed to one whose key would otherwise be there."""
    sealed = bytearray(seal(Keyring(keyring.installation, [old_key]), b"old", context))
    sealed[5] = 2
    with pytest.raises(SealError):
        unseal(keyring, bytes(sealed), context)


def test_a_missing_system_key_is_named_by_version_only(keyring, old_key, context):
    with pytest.raises(SealError, match="version 2, which is not here"):
        unseal(Keyring(keyring.installation, [old_key]), seal(keyring, b"value", context), context)


def test_two_seals_of_one_value_differ(keyring, context):
    assert seal(keyring, b"value", context) != seal(keyring, b"value", context)
