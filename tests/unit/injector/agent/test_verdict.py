# SPDX-License-Identifier: Apache-2.0
"""The table from answers to verdicts: only an authenticated denial denies."""

import pytest

from skm_common.problems import TABLE, problem
from skm_injector.agent.verdict import (
    Absent,
    Denied,
    News,
    NoNews,
    SessionEnded,
    Undetermined,
    judge,
)
from skm_injector.connection import Answer

EXPECTED = {"session_ended": SessionEnded, "denied": Denied, "not_found": Absent}


@pytest.mark.parametrize("code", TABLE)
def test_each_problem(code):
    document = problem(code, "why")
    verdict = judge(Answer(document["status"], document))
    assert type(verdict) is EXPECTED.get(code, Undetermined)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 500, 502, 503])
def test_an_answer_that_isn_t_the_kms_s_own_denies_nothing(status):
    assert isinstance(judge(Answer(status, {})), Undetermined)


@pytest.mark.parametrize("status", [401, 404, 503])
def test_a_code_under_another_status_denies_nothing(status):
    assert isinstance(judge(Answer(status, {"code": "denied"})), Undetermined)


def test_success():
    whole = {"version": 2, "fields": {"a": "b"}, "maxOffline": 60, "factsMaxAge": 30}
    assert judge(Answer(200, whole)) == News(2, {"a": "b"}, 60)
    assert judge(Answer(200, {"version": 1, "value": "x"})) == News(1, "x", None)
    assert judge(Answer(204, {})) == NoNews()


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": 1},
        {"value": "x"},
        {"version": "1", "value": "x"},
        {"version": 1, "value": 7},
        {"version": 1, "fields": ["x"]},
        {"version": 1, "fields": {"a": 1}},
        {"version": 1, "value": "x", "maxOffline": "1h"},
    ],
)
def test_a_success_that_is_no_secret_is_undetermined(document):
    assert isinstance(judge(Answer(200, document)), Undetermined)


def test_no_repr_shows_a_value():
    answer = Answer(200, {"version": 1, "value": "the-value"})
    assert "the-value" not in repr(answer)
    assert "the-value" not in repr(judge(answer))


def test_a_denial_reads_as_a_sentence_with_its_remedy():
    document = problem("denied", "another address", check="ipv4", remedy="Do this")
    verdict = judge(Answer(403, document))
    assert str(verdict.denial) == "denied by check ipv4: another address. Do this"
