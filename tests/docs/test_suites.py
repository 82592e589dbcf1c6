# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_make_test_runs_every_suite_in_one_of_its_two_streams():
    listed = re.findall(r"^\w+_SUITES := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    suites = sorted(name for line in listed for name in line.split())
    there = {path.relative_to(ROOT).parts[1] for path in (ROOT / "tests").rglob("test_*.py")}
    assert suites == sorted(f"tests/{name}" for name in there)
