# SPDX-License-Identifier: Apache-2.0
"""The words table: unique codes, and a person can act on every sentence."""

import re

from skm_kms.errors import DeniedError, SessionEndedError, UndeterminedError
from skm_kms.identity import words
from skm_kms.identity.refusal import decisive, refusal
from skm_kms.identity.words import Finding, Outcome, Reason


def test_every_reason_stands_in_the_table_under_its_own_code():
    defined = {n: v for n, v in vars(words).items() if isinstance(v, Reason)}
    assert {r.code for r in defined.values()} == set(words.REASONS)
    assert len(defined) == len(words.REASONS)
    assert {name.lower() for name in defined} == set(words.REASONS)


def test_every_reason_refuses_and_says_why_and_what_to_do():
    for reason in words.REASONS.values():
        assert re.fullmatch(r"[a-z_]+", reason.code)
        assert reason.outcome in (Outcome.DENIED, Outcome.UNDETERMINED)
        assert len(reason.why) > 20
        assert len(reason.remedy) > 10


def test_each_outcome_is_its_own_error():
    for reason in words.REASONS.values():
        error = refusal(reason)
        kind = DeniedError if reason.outcome is Outcome.DENIED else UndeterminedError
        assert type(error) is (SessionEndedError if reason.ends_session else kind)
        assert error.detail == reason.why
        assert error.remedy == reason.remedy


def test_an_ended_session_decides_before_a_denial_and_that_before_doubt():
    doubt = Finding.because(words.FACTS_OLD)
    denial = Finding.because(words.ADDRESS_DIFFERS)
    ended = Finding.because(words.CERTIFICATE_EXPIRED)
    assert decisive([doubt, denial, ended]) is ended
    assert decisive([doubt, denial]) is denial
    assert decisive([doubt]) is doubt
    assert decisive([Finding.passed(words.Check.MAC)]) is None
