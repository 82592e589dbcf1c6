# SPDX-License-Identifier: Apache-2.0
import json
import re

import pytest

from skm_common.problems import MEDIA_TYPE, TABLE, TYPE_PREFIX, problem


@pytest.mark.parametrize("code", TABLE)
def test_every_code_makes_a_document(code):
    document = problem(code, "Because.")
    status, title = TABLE[code]
    assert document == {
        "type": TYPE_PREFIX + code,
        "title": title,
        "status": status,
        "code": code,
        "detail": "Because.",
    }
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize("code", TABLE)
def test_every_code_is_a_word_with_an_error_status_and_a_sentence(code):
    status, title = TABLE[code]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert 400 <= status < 600
    assert title[0].isupper()
    assert not title.endswith(".")


def test_members_that_are_none_are_left_out():
    document = problem("denied", "No.", check="mac", outcome=None)
    assert document["check"] == "mac"
    assert "outcome" not in document


def test_what_is_denied_and_what_is_undetermined_are_two_answers():
    assert TABLE["denied"][0] == 403
    assert TABLE["undetermined"][0] == 503
    assert TABLE["session_ended"][0] == 401


def test_an_unknown_code_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        problem("nonsense", "x")


def test_the_media_type_is_rfc_9457():
    assert MEDIA_TYPE == "application/problem+json"
