# SPDX-License-Identifier: Apache-2.0
"""Every mutant can still be made, and names tests that are there; `make mutants` tries them all."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[3]


def functions(path: Path) -> set[str]:
    """The tests of a file."""
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_there_are_enough_and_each_has_its_own_name() -> None:
    assert len(MUTANTS) >= 12
    assert set(Counter(mutant.name for mutant in MUTANTS).values()) == {1}


def test_no_two_mutants_are_one() -> None:
    edits = Counter((mutant.file, mutant.before, mutant.after) for mutant in MUTANTS)
    assert set(edits.values()) == {1}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_check_is_still_where_the_mutant_says(mutant: Mutant) -> None:
    mutated = mutant.mutated(ROOT)
    compile(mutated, mutant.file, "exec")
    assert ast.dump(ast.parse(mutated)) != ast.dump(ast.parse((ROOT / mutant.file).read_text()))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_it_names_are_there_and_are_run(mutant: Mutant) -> None:
    assert mutant.expected
    for test in mutant.expected:
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in functions(ROOT / file)
        assert any(file == suite or file.startswith(f"{suite}/") for suite in mutant.suites)


def test_every_suite_is_there_and_needs_neither_cluster_nor_root() -> None:
    suites = {suite for mutant in MUTANTS for suite in mutant.suites}
    for suite in suites:
        assert (ROOT / suite).exists(), suite
        assert suite.split("/")[1] in ("unit", "contract", "vectors"), suite
