# SPDX-License-Identifier: Apache-2.0
from collections import Counter

import pytest

from skm_common.resources import CHARSETS
from skm_kms.crypto import Charset, GenerateError, generate_text


def test_the_sets_are_those_of_the_api_and_hold_no_quote():
    assert tuple(charset.label for charset in Charset) == CHARSETS
    for charset in Charset:
        assert Charset.named(charset.label) is charset
        assert not set(charset.characters) & set("'\"\\` \0\n")
        assert len(set(charset.characters)) == len(charset.characters)


def test_an_unknown_set_is_refused():
    with pytest.raises(GenerateError, match="Klingon"):
        Charset.named("Klingon")


@pytest.mark.parametrize("length", [8, 1024])
@pytest.mark.parametrize("charset", Charset)
def test_the_text_has_the_asked_length_and_characters(length, charset):
    text = generate_text(length, charset)
    assert len(text) == length
    assert set(text) <= set(charset.characters)


@pytest.mark.parametrize("length", [-1, 0, 7, 1025])
def test_a_length_out_of_bounds_is_refused(length):
    with pytest.raises(GenerateError, match="8 to 1024"):
        generate_text(length, Charset.ALPHANUMERIC)


@pytest.mark.parametrize("charset", Charset)
def test_every_character_has_the_same_number_of_bytes_behind_it(charset):
    """Fed each byte value once, a biased reduction would give some characters one more."""
    text = "".join(
        generate_text(8, charset, lambda size, byte=byte: bytes([byte] * size))[0]
        for byte in range(256 - 256 % len(charset.characters))
    )
    assert set(Counter(text).values()) == {256 // len(charset.characters)}


def test_bytes_above_the_largest_multiple_are_drawn_again():
    draws = iter([b"\xff" * 16, b"\xf8" * 16, b"\x00" * 16])
    assert generate_text(8, Charset.ALPHANUMERIC, lambda _: next(draws)) == "aaaaaaaa"
