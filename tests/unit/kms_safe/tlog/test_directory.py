# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from skm_common.tlog import TileError, directory_reader, join_entries


def put(directory: Path, path: str, content: bytes) -> None:
    file = directory / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


@pytest.mark.parametrize("wider", ["tile/0/000.p/5", "tile/0/000"])
def test_a_partial_tile_that_was_outgrown_is_cut_from_a_wider_one(tmp_path, wider):
    """A reader that holds an older head meets a log that has grown meanwhile."""
    put(tmp_path, wider, bytes(range(160)))
    read = directory_reader(tmp_path)
    assert read("tile/0/000.p/3") == bytes(range(96))
    assert read("tile/0/001.p/3") is None


def test_a_partial_bundle_is_cut_at_its_entries(tmp_path):
    entries = [b"one", b"two", b"three"]
    put(tmp_path, "tile/entries/000.p/3", join_entries(entries))
    assert directory_reader(tmp_path)("tile/entries/000.p/2") == join_entries(entries[:2])


def test_a_narrower_tile_and_a_damaged_bundle_hold_nothing(tmp_path):
    put(tmp_path, "tile/0/000.p/2", bytes(64))
    put(tmp_path, "tile/entries/000.p/5", b"\xff\xffshort")
    read = directory_reader(tmp_path)
    assert read("tile/0/000.p/3") is None
    assert read("tile/entries/000.p/3") is None


def test_a_path_that_is_none_of_a_logs_is_refused(tmp_path):
    put(tmp_path, "secret", b"x")
    read = directory_reader(tmp_path / "log")
    for path in ("../secret", "tile/0/000.p/0", "tile/0/../../secret"):
        with pytest.raises(TileError):
            read(path)
