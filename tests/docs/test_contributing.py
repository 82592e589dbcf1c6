# SPDX-License-Identifier: Apache-2.0
"""The map of CONTRIBUTING.md leads to files that exist, and to tests of them."""

import re

import pytest
from docs_pages import CHECKOUT

ROWS = [
    line.strip("| ").split(" | ")
    for line in (CHECKOUT / "CONTRIBUTING.md").read_text().splitlines()
    if line.startswith("| ") and "`" in line
]
FILE = re.compile(r"`([\w./-]+/[\w.-]+)`")


def test_there_are_at_least_ten_change_requests():
    assert len(ROWS) >= 10
    assert {len(row) for row in ROWS} == {4}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_a_change_request_leads_to_files_that_exist(row):
    first, further, tests = (FILE.findall(part) for part in row[1:])
    assert len(first) == 1
    assert tests
    assert all(name.startswith("tests/") for name in tests)
    for name in (*first, *further, *tests):
        assert (CHECKOUT / name).is_file(), name
