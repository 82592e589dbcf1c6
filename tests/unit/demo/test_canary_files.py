# SPDX-License-Identifier: Apache-2.0
"""Files are searched whole, whatever their size; and no planted file outlives the next canary."""

import os
from pathlib import Path

import pytest

from demo.access import Access
from demo.canary.files import regular_files, scan_file
from demo.canary.forms import disguises, patterns
from demo.canary.places import Folder
from demo.canary.plant import clear, planted
from demo.canary.scan import Needle

SECRET = b"Zq9xT4mPw7LkR2vBn8YcD5fHj3GsA6tE"
NEEDLES = (Needle("it", patterns(SECRET)),)
PAGE = 4096


@pytest.fixture
def access(tmp_path: Path) -> Access:
    """A kubectl that writes down its arguments, and fails when a file called `broken` is there."""
    program = tmp_path / "kubectl"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n'
        f'[ "$1" != apply ] || [ ! -e {tmp_path}/broken ]\n'
    )
    program.chmod(0o755)
    return Access((str(program),), ("helm",))


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "calls").read_text().splitlines()


@pytest.mark.parametrize("pages", [1, 2, 16])
def test_whole_pages_of_nothing_hold_nothing(tmp_path, pages):
    path = tmp_path / "file"
    path.write_bytes(bytes(PAGE * pages))
    assert scan_file(path, NEEDLES) == set()


@pytest.mark.parametrize("pages", [1, 2, 16])
@pytest.mark.parametrize("form", patterns(SECRET))
def test_the_last_bytes_of_a_whole_page_are_searched(tmp_path, pages, form):
    path, planted_form = tmp_path / "file", patterns(SECRET)[form]
    path.write_bytes(planted_form.rjust(PAGE * pages, b"\0"))
    assert path.stat().st_size == PAGE * pages
    assert form in {found.form for found in scan_file(path, NEEDLES)}


def test_a_file_that_is_gone_holds_nothing(tmp_path):
    assert scan_file(tmp_path / "gone", NEEDLES) == set()


def test_what_was_planted_is_taken_away(tmp_path, access):
    inner = tmp_path / "volume" / "deep"
    inner.mkdir(parents=True)
    with planted(access, [Folder("volume", tmp_path / "volume")], disguises(SECRET)):
        (path,) = regular_files(tmp_path / "volume")
        assert path == inner / f"skm-canary-{os.getpid()}.log"
    assert list(regular_files(tmp_path / "volume")) == []
    assert "delete configmap skm-canary" in calls(tmp_path)[-1]


def test_it_is_taken_away_when_the_search_fails(tmp_path, access):
    (tmp_path / "volume").mkdir()
    with (
        pytest.raises(ZeroDivisionError),
        planted(access, [Folder("volume", tmp_path / "volume")], disguises(SECRET)),
    ):
        raise ZeroDivisionError
    assert list(regular_files(tmp_path / "volume")) == []
    assert "delete configmap skm-canary" in calls(tmp_path)[-1]


def test_it_is_taken_away_when_the_planting_fails(tmp_path, access):
    (tmp_path / "volume").mkdir()
    (tmp_path / "broken").touch()
    with (
        pytest.raises(Exception, match="kubectl"),
        planted(access, [Folder("volume", tmp_path / "volume")], disguises(SECRET)),
    ):
        pytest.fail("the block ran")
    assert list(regular_files(tmp_path / "volume")) == []
    assert "delete configmap skm-canary" in calls(tmp_path)[-1]


def test_what_a_killed_canary_left_is_cleared_and_nothing_else(tmp_path, access):
    state = tmp_path / "state"
    left = [state / "volumes/node0/3/base/1/skm-canary-7.log", state / "skm-canary-8.log"]
    kept = [state / "volumes/node0/3/base/1/1259", state / "skm-canary.log"]
    for path in left + kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    clear(access, state)
    assert [path.exists() for path in left + kept] == [False, False, True, True]
    assert "delete configmap skm-canary --ignore-not-found" in calls(tmp_path)[-1]
