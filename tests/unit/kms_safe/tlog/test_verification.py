# SPDX-License-Identifier: Apache-2.0
"""Each way to change a log is found, named and located."""

import pytest

from skm_common.tlog import Checkpoint, CheckpointError, Kind

SIZES = (0, 1, 2, 255, 256, 257, 600, 1024)


@pytest.mark.parametrize("size", SIZES)
def test_an_honest_log_is_vouched_for_whole(make_log, size):
    log = make_log(size)
    report = log.verify()
    assert report.intact
    assert (report.size, report.vouched, report.witnessed) == (size, size, 0)


@pytest.mark.parametrize("known", [0, 1, 256, 300, 600])
def test_an_outside_head_of_any_age_is_confirmed(make_log, known):
    log = make_log(600)
    report = log.verify(log.head(known))
    assert report.intact
    assert report.witnessed == known


@pytest.mark.parametrize("index", [0, 255, 256, 300, 599])
def test_an_edited_record_is_located(make_log, index):
    log = make_log(600)
    first = index // 256 * 256
    entries = log.entries[first : first + 256]
    width = len(entries)
    entries[index - first] = b"edited"
    log.rewrite_bundle(index // 256, entries, width)
    report = log.verify(log.head(600))
    assert [(found.kind, found.first, found.end) for found in report.findings] == [
        (Kind.EDITED, index, index + 1)
    ]
    assert (report.vouched, report.witnessed) == (index, index)
    assert str(report.findings[0]).startswith(f"edited: record {index}:")


@pytest.mark.parametrize("index", [0, 254, 255, 300, 599])
def test_a_removed_record_is_one_finding_though_all_later_ones_move(make_log, index):
    log = make_log(600)
    remaining = [*log.entries[:index], *log.entries[index + 1 :]]
    for number, width in enumerate((256, 256, 88)):
        log.rewrite_bundle(number, remaining[number * 256 : number * 256 + 256], width)
    report = log.verify()
    assert [(found.kind, found.first) for found in report.findings] == [(Kind.REMOVED, index)]
    assert report.vouched == index


def test_a_record_removed_in_the_middle_of_one_bundle_is_located(make_log):
    log = make_log(100)
    log.rewrite_bundle(0, log.entries[:40] + log.entries[41:], 100)
    report = log.verify()
    assert [(found.kind, found.first) for found in report.findings] == [(Kind.REMOVED, 40)]


def test_a_missing_bundle_is_located(make_log):
    log = make_log(600)
    del log.files["tile/entries/001"]
    report = log.verify()
    assert [(found.kind, found.first, found.end) for found in report.findings] == [
        (Kind.REMOVED, 256, 512)
    ]


def test_an_added_record_is_located(make_log):
    log = make_log(100)
    log.rewrite_bundle(0, [*log.entries[:40], b"added", *log.entries[40:]], 100)
    report = log.verify()
    assert [(found.kind, found.first) for found in report.findings] == [(Kind.ADDED, 40)]


@pytest.mark.parametrize(("one", "other"), [(3, 4), (0, 87), (10, 70)])
def test_records_in_another_order_are_located(make_log, one, other):
    log = make_log(88)
    entries = list(log.entries)
    entries[one], entries[other] = entries[other], entries[one]
    log.rewrite_bundle(0, entries, 88)
    report = log.verify()
    assert [(found.kind, found.first, found.end) for found in report.findings] == [
        (Kind.REORDERED, one, other + 1)
    ]


def test_records_swapped_between_bundles_are_called_reordered(make_log):
    log = make_log(600)
    entries = list(log.entries)
    entries[5], entries[300] = entries[300], entries[5]
    for number, width in enumerate((256, 256, 88)):
        log.rewrite_bundle(number, entries[number * 256 : number * 256 + 256], width)
    report = log.verify()
    assert [(found.kind, found.first) for found in report.findings] == [
        (Kind.REORDERED, 5),
        (Kind.REORDERED, 300),
    ]


def test_a_log_cut_back_to_an_older_genuine_head_needs_an_outside_head(make_log):
    long, short = make_log(600), make_log(500)
    alone = short.verify()
    assert alone.intact
    assert alone.witnessed == 0
    report = short.verify(long.head())
    assert [(found.kind, found.first, found.end) for found in report.findings] == [
        (Kind.TRUNCATED, 500, 600)
    ]
    assert report.vouched == 500


def test_a_log_signed_anew_over_other_records_is_a_fork(make_log):
    honest, forged = make_log(600), make_log(600)
    forged.entries[10] = b"other history"
    forged.write()
    assert forged.verify().intact
    report = forged.verify(honest.head(300))
    assert [(found.kind, found.first, found.end) for found in report.findings] == [
        (Kind.FORKED, 0, 300)
    ]
    assert (report.vouched, report.witnessed) == (0, 0)


def test_entries_and_hashes_changed_together_are_bounded_by_the_level_above(make_log):
    log, forged = make_log(1024), make_log(1024)
    forged.entries[700] = b"edited"
    forged.write()
    for path in ("tile/entries/002", "tile/0/002"):
        log.files[path] = forged.files[path]
    report = log.verify()
    assert [(found.kind, found.first, found.end) for found in report.findings] == [
        (Kind.EDITED, 512, 768)
    ]
    assert report.vouched == 512


def test_a_whole_tree_that_the_head_does_not_sign_is_a_fork(make_log):
    log, forged = make_log(600), make_log(600)
    forged.entries[599] = b"edited"
    forged.write()
    log.files.update({path: data for path, data in forged.files.items() if path != "checkpoint"})
    assert [(found.kind, found.first) for found in log.verify().findings] == [(Kind.FORKED, 0)]
    report = log.verify(log.head(500))
    assert [(found.kind, found.first) for found in report.findings] == [(Kind.FORKED, 500)]
    assert (report.vouched, report.witnessed) == (500, 500)


@pytest.mark.parametrize("path", ["tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"])
@pytest.mark.parametrize("damage", ["flip", "delete", "shorten"])
def test_a_damaged_tile_is_told_apart_from_changed_records(make_log, path, damage):
    log = make_log(600)
    if damage == "delete":
        del log.files[path]
    elif damage == "shorten":
        log.files[path] = log.files[path][:-1]
    else:
        log.files[path] = bytes([log.files[path][0] ^ 1]) + log.files[path][1:]
    report = log.verify()
    assert [found.kind for found in report.findings] == [Kind.DAMAGED]
    assert path in report.findings[0].detail
    assert report.vouched == 600


def test_an_unreadable_bundle_is_a_finding(make_log):
    log = make_log(300)
    log.files["tile/entries/001.p/44"] += b"\x00"
    report = log.verify()
    assert [(found.kind, found.first) for found in report.findings] == [(Kind.REMOVED, 256)]


@pytest.mark.parametrize("note", [None, b"", b"skm.dev/test/0\n1\n"])
def test_without_a_signed_head_nothing_is_vouched_for(make_log, note):
    log = make_log(5)
    if note is None:
        del log.files["checkpoint"]
    else:
        log.files["checkpoint"] = note
    report = log.verify()
    assert [found.kind for found in report.findings] == [Kind.UNSIGNED]
    assert (report.size, report.vouched) == (0, 0)


def test_a_head_of_another_log_is_no_outside_head(make_log):
    with pytest.raises(CheckpointError, match="another/log"):
        make_log(5).verify(Checkpoint("another/log", 1, bytes(32)))


@pytest.mark.parametrize("bit", range(0, 600 * 8, 97))
def test_every_flipped_bit_of_the_records_is_found(make_log, bit):
    log = make_log(60)
    path = "tile/entries/000.p/60"
    damaged = bytearray(log.files[path])
    damaged[bit // 8] ^= 1 << bit % 8
    log.files[path] = bytes(damaged)
    assert not log.verify().intact
