# SPDX-License-Identifier: Apache-2.0
"""Records: no answer of any plane leaves before its audit record is durable."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = (
    "tests/unit/identity/test_issue_is_recorded.py",
    "tests/contract/test_no_record_no_answer.py",
)

_AUDITED: Final = "kms/skm_kms/api/admin/audited.py"
_APP: Final = "kms/skm_kms/api/data/app.py"
_HOT: Final = "kms/skm_kms/api/data/hot.py"
_IDENTITY: Final = "kms/skm_kms/api/identity.py"
_TEST_NO_RECORD_NO_ANSWER: Final = "tests/contract/test_no_record_no_answer.py"
_TEST_ISSUE_IS_RECORDED: Final = "tests/unit/identity/test_issue_is_recorded.py"

MUTANTS: Final = (
    Mutant(
        name="answer_before_record_hot",
        file=_HOT,
        before="self.answer(outcome.reply if error is None else NO_RECORD)",
        after="self.answer(outcome.reply)",
        suites=SUITES,
        expected=named(
            _TEST_NO_RECORD_NO_ANSWER,
            "test_the_data_plane_answers_nothing_without_a_record[hot-encrypt]",
            "test_the_data_plane_answers_nothing_without_a_record[hot-secret read]",
        ),
    ),
    Mutant(
        name="answer_before_record",
        file=_APP,
        before="await self._calls.ledger.write(outcome.record)",
        after="self._calls.ledger.append(outcome.record, lambda _: None)",
        suites=SUITES,
        expected=named(
            _TEST_NO_RECORD_NO_ANSWER,
            "test_the_data_plane_answers_nothing_without_a_record[asgi-denied]",
            "test_the_data_plane_answers_nothing_without_a_record[asgi-encrypt]",
            "test_the_data_plane_answers_nothing_without_a_record[asgi-secret read]",
            "test_the_data_plane_answers_nothing_without_a_record[hot-denied]",
        ),
    ),
    Mutant(
        name="answer_before_record_admin",
        file=_AUDITED,
        before="        else:\n            await self._ledger.write(trail.record())",
        after="        else:\n            self._ledger.append(trail.record(), lambda _: None)",
        suites=SUITES,
        expected=named(
            _TEST_NO_RECORD_NO_ANSWER,
            "test_the_admin_plane_answers_nothing_without_a_record[asgi]",
            "test_the_admin_plane_answers_nothing_without_a_record[hot]",
        ),
    ),
    Mutant(
        name="answer_before_record_identity",
        file=_IDENTITY,
        before="        await ledger.write(trail.record())\n        document",
        after="        ledger.append(trail.record(), lambda _: None)\n        document",
        suites=SUITES,
        expected=named(
            _TEST_ISSUE_IS_RECORDED,
            "test_a_certificate_waits_for_its_record",
            "test_without_a_record_no_certificate_is_handed_out",
        ),
    ),
)
