# SPDX-License-Identifier: Apache-2.0
"""Running the watched suites on a copy of the tree, and reading which tests turned red."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from mutants.mutant import Mutant

ROOTS: Final = ("common", "kms", "operator", "injector", "client", "tools")
COPIED: Final = (*ROOTS, "tests", "crds", "pyproject.toml")
TEST_SECONDS: Final = 60
"""A mutant may make a test wait for ever; no honest test of these suites takes as long."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one run of the suites showed."""

    red: frozenset[str]
    ran: int


def attempt(repository: Path, mutant: Mutant | None, suites: Iterable[str]) -> Trial:
    """Runs the suites on a copy of the tree, with the mutant in it if there is one."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as directory:
        tree = Path(directory)
        copy_tree(repository, tree)
        if mutant is not None:
            mutant.apply(tree)
        return run_suites(tree, make_python(tree), suites)


def copy_tree(repository: Path, target: Path) -> None:
    """Copies what the suites need; nothing in the copy reaches back into the checkout."""
    for name in COPIED:
        source = repository / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / name)


def make_python(tree: Path) -> Path:
    """An interpreter that knows the copy instead of the checkout, and every installed package.

    Tests start processes of ours by `sys.executable` and with an environment of their own, so a
    PYTHONPATH wouldn't reach them. A directory that a .pth file names isn't searched for further
    .pth files: the checkout's own, of the editable install, is left out.
    """
    place = tree / "venv"
    venv.EnvBuilder(symlinks=True).create(place)
    paths = {"base": str(place), "platbase": str(place)}
    packages = Path(sysconfig.get_path("purelib", "venv", paths))
    known = [str(tree / root) for root in ROOTS] + [sysconfig.get_path("purelib")]
    (packages / "mutant.pth").write_text("\n".join(known) + "\n")
    return place / "bin" / "python"


def run_suites(tree: Path, python: Path, suites: Iterable[str]) -> Trial:
    """Runs the suites in the copy; the whole output goes with the copy."""
    report, output = tree / "report.xml", tree / "output.txt"
    options = ("-q", "--tb=short", "-p", "no:cacheprovider", f"--timeout={TEST_SECONDS}")
    with output.open("wb") as stream:
        subprocess.run(
            [python, "-m", "pytest", *options, f"--junitxml={report}", *suites],
            cwd=tree,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if not report.exists():
        sys.exit(f"the suites did not run:\n{output.read_text()}")
    return read_report(report.read_bytes())


def read_report(document: bytes) -> Trial:
    """The red tests of a JUnit report, with their parameters."""
    cases = list(ElementTree.fromstring(document).iter("testcase"))  # noqa: S314 (our own file)
    red = {_identifier(case) for case in cases if _is_red(case)}
    return Trial(frozenset(red), len(cases))


def _is_red(case: ElementTree.Element) -> bool:
    return case.find("failure") is not None or case.find("error") is not None


def _identifier(case: ElementTree.Element) -> str:
    module = case.get("classname", "").replace(".", "/") + ".py"
    return f"{module}::{case.get('name', '')}"
