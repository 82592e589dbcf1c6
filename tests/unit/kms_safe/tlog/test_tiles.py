# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skm_common.tlog import (
    MAXIMUM_ENTRY,
    Tile,
    TileError,
    bundles_of,
    frame_entry,
    join_entries,
    parse_tile_path,
    right_edge,
    split_entries,
    split_hashes,
    tiles_of,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 999, 7), "tile/1/999.p/7"),
        (Tile(63, 1000, 255), "tile/63/x001/000.p/255"),
        (Tile(None, 5, 1), "tile/entries/005.p/1"),
    ],
)
def test_paths_are_those_of_the_specification(tile, path):
    assert tile.path() == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/00/000",
        "tile/64/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000/",
        "tile/0/../000",
        "tile/entries/x001",
        "tile/0/\uff10\uff10\uff10",
        "tile/0/000\n",
    ],
)
def test_what_names_no_tile_is_refused(path):
    with pytest.raises(TileError):
        parse_tile_path(path)


def test_the_specifications_example_of_70000_records():
    tiles = list(tiles_of(70_000))
    assert [tile.width for tile in tiles if tile.level == 0] == [256] * 273 + [112]
    assert [tile.width for tile in tiles if tile.level == 1] == [256, 17]
    assert [tile.width for tile in tiles if tile.level == 2] == [1]
    assert [tile.width for tile in bundles_of(70_000)] == [256] * 273 + [112]
    assert [(tile.level, tile.index, tile.width) for tile in right_edge(70_000)] == [
        (0, 273, 112),
        (1, 1, 17),
        (2, 0, 1),
    ]


def test_256_records_are_one_full_tile_and_one_hash_above():
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == list(bundles_of(0)) == []


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_bundles_give_back_their_entries(entries):
    assert split_entries(join_entries(entries)) == entries


@pytest.mark.parametrize("bundle", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00", b"\xff\xff"])
def test_a_bundle_cut_short_is_refused(bundle):
    with pytest.raises(TileError, match="middle of entry"):
        split_entries(bundle)


def test_an_entry_has_its_length_in_16_bits():
    assert len(frame_entry(bytes(MAXIMUM_ENTRY))) == MAXIMUM_ENTRY + 2
    with pytest.raises(TileError, match="at most"):
        frame_entry(bytes(MAXIMUM_ENTRY + 1))


def test_a_tile_has_exactly_its_hashes():
    assert split_hashes(bytes(64), 2) == [bytes(32)] * 2
    for size in (63, 65, 32):
        with pytest.raises(TileError):
            split_hashes(bytes(size), 2)
