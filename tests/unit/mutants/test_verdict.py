# SPDX-License-Identifier: Apache-2.0
"""What is said about a mutant."""

import pytest

from mutants.mutant import Mutant, named
from mutants.trial import Trial
from mutants.verdict import Verdict, summary

NAMED = named("tests/unit/test_a.py", "test_one", "test_two")
MUTANT = Mutant("check", "a.py", "x", "y", ("tests/unit",), NAMED)


def test_exactly_the_named_tests_is_good() -> None:
    verdict = Verdict(MUTANT, Trial(NAMED, 9))
    assert verdict.good
    assert verdict.lines() == ["ok  check: 2 tests red of 9"]


def test_a_parameter_counts_only_where_the_mutant_names_it() -> None:
    file = "tests/unit/test_a.py"
    red = named(file, "test_one[7]", "test_one[8]", "test_two[expired]")
    plain = Mutant("check", "a.py", "x", "y", ("tests/unit",), NAMED)
    assert Verdict(plain, Trial(red, 9)).good
    exact = named(file, "test_one", "test_two[expired]")
    assert Verdict(Mutant("check", "a.py", "x", "y", ("tests/unit",), exact), Trial(red, 9)).good
    other = named(file, "test_one", "test_two[revoked]")
    assert not Verdict(
        Mutant("check", "a.py", "x", "y", ("tests/unit",), other), Trial(red, 9)
    ).good


@pytest.mark.parametrize(
    ("red", "said"),
    [
        (
            named("tests/unit/test_a.py", "test_one"),
            "      stayed green: tests/unit/test_a.py::test_two",
        ),
        (
            NAMED | named("tests/unit/test_b.py", "test_x"),
            "      red, but not named: tests/unit/test_b.py::test_x",
        ),
    ],
)
def test_one_test_more_or_less_is_bad_and_named(red: frozenset[str], said: str) -> None:
    verdict = Verdict(MUTANT, Trial(red, 9))
    assert not verdict.good
    assert verdict.lines()[0].startswith("BAD check")
    assert verdict.lines()[1:] == [said]


def test_a_mutant_that_nobody_notices_is_never_good() -> None:
    unnoticed = Mutant("check", "a.py", "x", "y", ("tests/unit",), frozenset())
    verdict = Verdict(unnoticed, Trial(frozenset(), 9))
    assert not verdict.good
    assert summary([verdict, Verdict(MUTANT, Trial(NAMED, 9))]).startswith("1 of 2")
