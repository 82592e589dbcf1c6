# SPDX-License-Identifier: Apache-2.0
"""Whatever byte a write ends at, what was acknowledged is kept; what was changed is refused."""

import shutil

import pytest

from skm_common.tlog import open_checkpoint
from skm_kms.audit import AuditCorruptError
from skm_kms.audit.frame import read_frames


@pytest.fixture
async def journal(open_log, directory, tmp_path):
    """The only segment of a log with three batches, as bytes, and the log's directory left open."""
    log = open_log()
    for record in (b'{"a":1}', b'{"b":2}', b'{"c":3}'):
        await log.record(record)
    saved = tmp_path / "saved"
    shutil.copytree(directory, saved)
    return saved / "journal" / f"{0:020d}.journal"


async def test_a_write_torn_at_any_byte_loses_only_its_own_batch(
    journal, open_log, entries_of, verifier
):
    whole = journal.read_bytes()
    *_, second, last = (frame.end for frame in read_frames(whole))
    assert last == len(whole)
    for cut in {*range(second, second + 16), *range(second + 16, last, 11), last - 1}:
        journal.write_bytes(whole[:cut])
        log = open_log(journal.parent.parent)
        assert entries_of(log) == [b'{"a":1}', b'{"b":2}']
        assert journal.stat().st_size == second
        await log.record(b'{"d":4}')
        assert open_checkpoint(log.checkpoint(), verifier).size == 3
        log.close()
        shutil.rmtree(journal.parent.parent)
        journal.parent.mkdir(parents=True)


async def test_a_tail_of_pages_that_were_never_written_is_dropped(journal, open_log, entries_of):
    whole = journal.read_bytes()
    second = list(read_frames(whole))[1].end
    for tail in (bytes(5000), whole[second : second + 40] + bytes(len(whole) - second - 40)):
        journal.write_bytes(whole[:second] + tail)
        log = open_log(journal.parent.parent)
        assert entries_of(log) == [b'{"a":1}', b'{"b":2}']
        log.close()
        shutil.rmtree(journal.parent.parent)
        journal.parent.mkdir(parents=True)


async def test_every_changed_byte_before_the_last_batch_is_refused(journal, open_log):
    whole = journal.read_bytes()
    second = list(read_frames(whole))[1].end
    for at in range(second):
        damaged = whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :]
        journal.write_bytes(damaged)
        with pytest.raises(AuditCorruptError):
            open_log(journal.parent.parent)
        assert journal.read_bytes() == damaged


async def test_a_rewritten_batch_with_a_right_checksum_meets_the_signed_head(
    journal, open_log, verifier
):
    """An attacker recomputes the checksum, but can't sign."""
    from skm_kms.audit.frame import encode_frame

    frames = list(read_frames(journal.read_bytes()))
    entries = [[b"\x00\x07" + frame.entries[0]] for frame in frames]
    notes = [frame.note for frame in frames]
    entries[2] = [b'\x00\x07{"c":9}']
    journal.write_bytes(b"".join(map(encode_frame, range(3), entries, notes)))
    with pytest.raises(AuditCorruptError, match="does not fit at record 2"):
        open_log(journal.parent.parent)


async def test_a_head_signed_by_another_key_is_refused(journal, open_log):
    from skm_common.tlog import Checkpoint, leaf_hash, tree_root
    from skm_kms.audit.frame import encode_frame
    from skm_kms.crypto import CheckpointSigner, SystemKey

    thief = CheckpointSigner(SystemKey.from_material(1, bytes(32)))
    origin = "skm.dev/installation/skm-kms-0"
    root = tree_root([leaf_hash(b"forged")])
    note = Checkpoint(origin, 1, root).sign(thief.public_key, thief.sign)
    journal.write_bytes(encode_frame(0, [b"\x00\x06forged"], note))
    with pytest.raises(AuditCorruptError, match="not signed by"):
        open_log(journal.parent.parent)


async def test_a_missing_segment_is_refused(open_log, directory):
    log = open_log(segment_size=1)
    for record in (b"a", b"b", b"c"):
        await log.record(record)
    log.close()
    (directory / "checkpoint").unlink()
    with pytest.raises(AuditCorruptError, match="lacks the records 0 to 2"):
        open_log()


@pytest.mark.parametrize(
    "path", ["checkpoint", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88"]
)
async def test_a_damaged_right_edge_is_refused(open_log, directory, path):
    import asyncio

    log = open_log()
    await asyncio.gather(*(log.record(b"record %d" % at) for at in range(600)))
    log.close()
    file = directory / path
    content = file.read_bytes()
    for damaged in (content[:-1], content[:9] + bytes([content[9] ^ 1]) + content[10:]):
        file.write_bytes(damaged)
        with pytest.raises(AuditCorruptError):
            open_log()
    file.write_bytes(content)
    open_log()


async def test_a_journal_that_was_published_already_is_skipped(open_log, directory, entries_of):
    """Killed after the publication, before the journal was let go."""
    log = open_log()
    for record in (b"a", b"b"):
        await log.record(record)
    kept = {path: path.read_bytes() for path in (directory / "journal").iterdir()}
    log.close()
    for path, content in kept.items():
        path.write_bytes(content)
    reopened = open_log()
    assert entries_of(reopened) == [b"a", b"b"]
    await reopened.record(b"c")
    assert entries_of(reopened) == [b"a", b"b", b"c"]
