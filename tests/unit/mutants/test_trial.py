# SPDX-License-Identifier: Apache-2.0
"""A trial for real: the suites see the copy with the mutant in it, and the checkout stays."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mutants import MUTANTS, Mutant
from mutants.trial import attempt, copy_tree, make_python, read_report

ROOT = Path(__file__).resolve().parents[3]

# Of each, a part of its suites that takes a second or two.
QUICK = {
    "session_superseded": "tests/unit/identity/test_checks.py",
    "witness_route": "tests/unit/node/test_judgement.py",
    "row_tag": "tests/unit/kms_safe/crypto/test_rows.py",
}


def named(name: str) -> Mutant:
    return next(mutant for mutant in MUTANTS if mutant.name == name)


@pytest.mark.parametrize("name", QUICK)
def test_a_disabled_check_turns_exactly_its_tests_red(name: str) -> None:
    mutant, suite = named(name), QUICK[name]
    before = (ROOT / mutant.file).read_bytes()
    trial = attempt(ROOT, mutant, (suite,))
    named_here = {test for test in mutant.expected if test.startswith(f"{suite}::")}
    assert mutant.as_named(trial.red) == named_here
    assert len(trial.red) < trial.ran
    assert (ROOT / mutant.file).read_bytes() == before


def test_without_a_mutant_nothing_is_red() -> None:
    trial = attempt(ROOT, None, QUICK.values())
    assert (trial.red, trial.ran > 50) == (frozenset(), True)


def test_a_process_that_a_test_starts_has_the_mutant_too(tmp_path: Path) -> None:
    """Suites start our programs with an environment of their own."""
    copy_tree(ROOT, tmp_path)
    program = "import pytest, skm_common, skm_kms; print(skm_kms.__file__)"
    command = [make_python(tmp_path), "-c", program]
    said = subprocess.run(command, env={}, capture_output=True, text=True, check=True).stdout
    assert Path(said.strip()) == tmp_path / "kms/skm_kms/__init__.py"


def test_a_check_that_has_moved_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    mutant = replace(named("row_tag"), file="a.py", before="x = 1", after="x = 2")
    with pytest.raises(ValueError, match=r"isn't once in a\.py"):
        mutant.apply(tmp_path)
    with pytest.raises(ValueError, match="isn't once"):
        replace(mutant, before="y").apply(tmp_path)
    replace(mutant, before="x = 1\nx = 1").apply(tmp_path)
    assert (tmp_path / "a.py").read_text() == "x = 2\n"


REPORT = b"""<testsuites><testsuite>
<testcase classname="tests.unit.test_a" name="test_one[x]"><failure>no</failure></testcase>
<testcase classname="tests.unit.test_a" name="test_one[y]"/>
<testcase classname="tests.unit.test_a" name="test_two"><error>no fixture</error></testcase>
<testcase classname="tests.unit.test_b" name="test_three"/>
</testsuite></testsuites>"""


def test_a_test_that_failed_and_one_without_its_fixture_are_red() -> None:
    trial = read_report(REPORT)
    assert trial.red == {"tests/unit/test_a.py::test_one[x]", "tests/unit/test_a.py::test_two"}
    assert trial.ran == 4
