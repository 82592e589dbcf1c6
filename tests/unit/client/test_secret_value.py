# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_client.cli.secret import parse_value
from skm_client.errors import UsageError
from skm_common.resources import MAXIMUM_SECRET


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"word", "word"),
        (b"word\n", "word"),
        (b"word\r\n", "word"),
        (b"word\n\n", "word\n"),
        (b" spaced ", " spaced "),
        ("wörd".encode(), "wörd"),
        (b"x" * MAXIMUM_SECRET + b"\n", "x" * MAXIMUM_SECRET),
    ],
)
def test_one_newline_at_the_end_is_left_out(content, value):
    assert parse_value(content, fields=False, exact=False) == value


def test_exact_keeps_it():
    assert parse_value(b"word\n", fields=False, exact=True) == "word\n"


def test_fields_are_a_json_object_of_texts():
    content = b'{"username": "u", "password": "p"}'
    assert parse_value(content, fields=True, exact=False) == {"username": "u", "password": "p"}


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (b"x" * (MAXIMUM_SECRET + 3), False, "at most 32768"),
        (b"\xff\xfehunter2", False, "UTF-8"),
        (b"hunter2", True, "isn't JSON"),
        (b'["hunter2"]', True, "JSON object"),
        (b'{"password": 7}', True, "texts"),
    ],
)
def test_a_refusal_never_quotes_the_value(content, fields, words):
    with pytest.raises(UsageError, match=words) as caught:
        parse_value(content, fields=fields, exact=False)
    assert "hunter2" not in str(caught.value)
    assert "xxx" not in str(caught.value)
