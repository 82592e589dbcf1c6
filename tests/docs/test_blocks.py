# SPDX-License-Identifier: Apache-2.0
"""What a reader would type is run by a test, or the page says why it isn't."""

import itertools
import os
import subprocess

import pytest
from docs_pages import CHECKOUT, blocks, missing_lines, pages

ALL = [block for page in pages() for block in blocks(page)]
TYPED = [block for block in ALL if block.is_shell]
UNIT = [block for block in TYPED if block.mark == "run: unit"]


@pytest.mark.parametrize("block", TYPED, ids=lambda block: block.place)
def test_a_shell_block_says_whether_it_is_run(block):
    assert block.mark is not None
    assert block.mark != "printed"


@pytest.mark.parametrize("block", UNIT, ids=lambda block: block.place)
def test_a_block_that_needs_no_cluster_runs(block):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=CHECKOUT,
        env={**os.environ, "PATH": f"{CHECKOUT / '.venv/bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    follows = ALL[ALL.index(block) + 1] if block is not ALL[-1] else None
    if follows is not None and follows.mark == "printed" and follows.page == block.page:
        assert missing_lines(follows.text, done.stdout) == []


def test_what_is_printed_follows_a_block_that_is_run():
    for before, block in itertools.pairwise(ALL):
        if block.mark == "printed":
            assert before.page == block.page
            assert (before.mark or "").startswith("run: "), block.place


def test_a_printed_line_must_be_there_and_dots_stand_for_anything():
    assert missing_lines("one…three\n", "zero\none two three\n") == []
    assert missing_lines("one…four\nzero\n", "zero\none two three\n") == ["one…four"]


def test_pages_have_blocks_of_every_mark():
    marks = {(block.mark or "").split(":")[0] for block in TYPED}
    assert {"run", "shown"} <= marks
    assert UNIT
