# SPDX-License-Identifier: Apache-2.0
import asyncio
import threading

import pytest

from skm_common.tlog import (
    TileError,
    directory_reader,
    open_checkpoint,
    parse_verifier_key,
    verify_log,
)
from skm_kms.audit import (
    MAXIMUM_RECORD,
    AuditLockedError,
    AuditRecordTooLargeError,
    AuditUnavailableError,
)
from skm_kms.audit.log import MAXIMUM_WAITING, MAXIMUM_WAITING_BYTES
from skm_kms.crypto import verify_ed25519


async def fill(log, count, start=0):
    await asyncio.gather(*(log.record(b"record %d" % (start + at)) for at in range(count)))


async def test_records_stand_in_order_under_a_signed_head(open_log, entries_of, verifier):
    log = open_log()
    await fill(log, 700)
    assert entries_of(log) == [b"record %d" % at for at in range(700)]
    report = verify_log(log.read, verifier)
    assert report.intact
    assert report.vouched == 700


async def test_done_runs_in_the_loop_only_after_the_sync(open_log):
    events = []
    loop_thread = threading.get_ident()

    def sync(descriptor):
        assert threading.get_ident() != loop_thread
        events.append("sync")

    log = open_log(sync=sync)
    finished = asyncio.Event()

    def done(error):
        assert threading.get_ident() == loop_thread
        events.append(error)
        finished.set()

    log.append(b"record", done)
    assert events == []
    await finished.wait()
    assert events == ["sync", None]


async def test_what_arrives_during_a_commit_is_the_next_batch(open_log):
    """With the first sync held, a hundred records wait; one more sync serves them all."""
    loop, begun, held, syncs = asyncio.get_running_loop(), asyncio.Event(), threading.Event(), []

    def sync(descriptor):
        syncs.append(descriptor)
        if len(syncs) == 1:
            loop.call_soon_threadsafe(begun.set)
            held.wait()

    log = open_log(sync=sync)
    first = asyncio.create_task(log.record(b"first"))
    await begun.wait()
    others = asyncio.gather(*(log.record(b"other %d" % at) for at in range(100)))
    await asyncio.sleep(0)
    held.set()
    await asyncio.gather(first, others)
    assert len(syncs) == 2


async def test_one_callers_mistake_leaves_no_other_without_an_answer(open_log):
    log = open_log()
    mistakes = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: mistakes.append(context))

    def mistaken(error):
        raise RuntimeError("a caller's mistake")

    others = [asyncio.create_task(log.record(b"other %d" % at)) for at in range(3)]
    log.append(b"mistaken", mistaken)
    await asyncio.gather(*others, log.record(b"last"))
    assert [str(mistake["exception"]) for mistake in mistakes] == ["a caller's mistake"]


@pytest.mark.parametrize("size", [1, MAXIMUM_RECORD])
async def test_a_record_of_any_allowed_size_is_taken(open_log, entries_of, size):
    log = open_log()
    await log.record(bytes(size))
    assert entries_of(log) == [bytes(size)]


@pytest.mark.parametrize("size", [0, MAXIMUM_RECORD + 1])
async def test_a_record_out_of_bounds_is_refused(open_log, size):
    log = open_log()
    with pytest.raises(AuditRecordTooLargeError):
        await log.record(bytes(size))


def append_until_refused(log, record, done):
    while True:
        log.append(record, done)


async def test_too_many_waiting_records_are_refused_and_the_others_served(open_log):
    held, answered = threading.Event(), asyncio.Event()
    log = open_log(sync=lambda _: held.wait() and None)
    results = []

    def done(error):
        results.append(error)
        if len(results) == MAXIMUM_WAITING:
            answered.set()

    with pytest.raises(AuditUnavailableError, match="too many"):
        append_until_refused(log, b"record", done)
    held.set()
    await answered.wait()
    assert set(results) == {None}
    await log.record(b"there is room again")


async def test_too_many_waiting_bytes_are_refused(open_log, verifier):
    held = threading.Event()
    log = open_log(sync=lambda _: held.wait() and None)
    with pytest.raises(AuditUnavailableError, match="too many"):
        append_until_refused(log, bytes(MAXIMUM_RECORD), lambda _: None)
    held.set()
    log.close()
    taken = open_checkpoint(log.checkpoint(), verifier).size
    assert taken == MAXIMUM_WAITING_BYTES // MAXIMUM_RECORD


async def test_a_second_process_cannot_open_it(open_log):
    open_log()
    with pytest.raises(AuditLockedError):
        open_log()


async def test_a_closed_log_takes_nothing_and_is_not_healthy(open_log):
    log = open_log()
    assert log.healthy
    log.close()
    assert not log.healthy
    with pytest.raises(AuditUnavailableError, match="closed"):
        log.append(b"record", lambda _: None)


async def test_it_goes_on_where_it_was_closed(open_log, entries_of):
    for round_ in range(3):
        log = open_log()
        await fill(log, 300, 300 * round_)
        log.close()
    assert entries_of(open_log()) == [b"record %d" % at for at in range(900)]


async def test_a_closed_log_is_a_published_one(open_log, directory, verifier):
    log = open_log()
    await fill(log, 600)
    head = open_checkpoint(log.checkpoint(), verifier)
    log.close()
    report = verify_log(directory_reader(directory), verifier, head)
    assert report.intact
    assert report.witnessed == 600
    assert len(list((directory / "journal").iterdir())) == 1


async def test_full_segments_are_published_while_records_come(open_log, directory, verifier):
    log = open_log(segment_size=4096)
    for at in range(0, 2000, 100):
        await fill(log, 100, at)
        assert verify_log(log.read, verifier).intact
    deadline = asyncio.get_running_loop().time() + 10
    while not (directory / "tile/entries/005").exists():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)
    report = verify_log(directory_reader(directory), verifier)
    assert report.intact
    assert report.size > 1000


async def test_outgrown_partial_tiles_are_removed(open_log, directory):
    for round_ in range(4):
        log = open_log()
        await fill(log, 100, 100 * round_)
        log.close()
    kept = sorted(
        str(path.relative_to(directory)) for path in directory.rglob("*.p/*") if path.is_file()
    )
    assert kept == ["tile/0/001.p/144", "tile/1/000.p/1", "tile/entries/001.p/144"]


async def test_an_older_partial_tile_can_be_read_after_the_log_has_grown(open_log):
    log = open_log()
    await fill(log, 10)
    before = log.read("tile/entries/000.p/10"), log.read("tile/0/000.p/10")
    await fill(log, 600, 10)
    assert (log.read("tile/entries/000.p/10"), log.read("tile/0/000.p/10")) == before
    log.close()
    reopened = open_log()
    assert (reopened.read("tile/entries/000.p/10"), reopened.read("tile/0/000.p/10")) == before


async def test_what_is_not_there_is_none_and_what_is_no_path_is_refused(open_log):
    log = open_log()
    await fill(log, 10)
    assert log.read("tile/0/000.p/11") is None
    assert log.read("tile/0/000") is None
    assert log.read("tile/5/000") is None
    for path in ("lock", "../audit/lock", "journal/x", "tile/0/../../lock"):
        with pytest.raises(TileError):
            log.read(path)


async def test_the_verifier_key_verifies_its_heads(open_log):
    log = open_log()
    await fill(log, 1)
    verifier = parse_verifier_key(log.verifier_key, verify_ed25519)
    assert open_checkpoint(log.checkpoint(), verifier).size == 1
