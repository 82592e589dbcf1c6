# SPDX-License-Identifier: Apache-2.0
import base64
import gzip
import random

import pytest

from demo.canary.forms import PADDING, disguises, patterns
from demo.canary.scan import Needle, scan

SECRET = b"Zq9xT4mPw7LkR2vBn8YcD5fHj3GsA6tE"
NEEDLE = Needle("it", patterns(SECRET))


@pytest.mark.parametrize("form", disguises(SECRET))
@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"\0" * 4096])
@pytest.mark.parametrize("after", [b"", b"y", b"\0" * 4096])
def test_every_disguise_is_seen_through_wherever_it_lies(form, before, after):
    assert scan(before + disguises(SECRET)[form] + after, (NEEDLE,))


@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("after", range(4))
def test_base64_is_found_at_every_alignment(before, after):
    text = base64.b64encode(b"a" * before + SECRET + b"z" * after)
    assert {found.form for found in scan(text, (NEEDLE,))} & {
        f"base64 standard, shifted by {before % 3}"
    }


def test_a_secret_with_symbols_is_found_in_both_alphabets():
    secret = b"\xfb\xff~~~???>>>abcdefghijklmnopqrst".replace(b"\xfb\xff", b"?>")
    needle = Needle("it", patterns(secret))
    assert scan(base64.b64encode(secret), (needle,))
    assert scan(base64.urlsafe_b64encode(secret), (needle,))


def test_nothing_is_found_where_nothing_is():
    other = Needle("other", patterns(SECRET[::-1]))
    assert not any(scan(content, (other,)) for content in disguises(SECRET).values())


def test_damaged_gzip_still_gives_what_it_holds():
    packed = gzip.compress(SECRET + random.Random(1).randbytes(100_000))
    assert scan(packed[:-1000] + b"garbage" * 200, (NEEDLE,))


def test_neither_needle_nor_padding_shows_the_secret():
    assert SECRET.decode() not in repr(NEEDLE)
    assert SECRET not in PADDING
