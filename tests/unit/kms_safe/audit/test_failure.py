# SPDX-License-Identifier: Apache-2.0
"""A disk that refuses: every waiting record is refused, and the log heals by itself."""

import asyncio
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skm_common.tlog import open_checkpoint, verify_log
from skm_kms.audit import AuditUnavailableError


class Disk:
    """An fdatasync that fails while told to."""

    def __init__(self):
        self.failing = False
        self.calls = 0

    def sync(self, descriptor):
        self.calls += 1
        if self.failing:
            raise OSError(errno.EIO, "Input/output error")
        os.fdatasync(descriptor)


async def healthy(log):
    deadline = asyncio.get_running_loop().time() + 10
    while not log.healthy:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)


async def test_a_failed_sync_refuses_every_waiting_record(open_log, entries_of, verifier):
    disk = Disk()
    log = open_log(sync=disk.sync)
    await log.record(b"kept")
    head = log.checkpoint()
    disk.failing = True
    waiting = [log.record(b"lost %d" % at) for at in range(20)]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(result) for result in results} == {AuditUnavailableError}
    assert not log.healthy
    assert log.failure is not None
    assert "Input/output error" in log.failure.reason
    assert log.checkpoint() == head
    assert entries_of(log) == [b"kept"]


async def test_it_heals_without_any_new_record(open_log, entries_of, verifier):
    disk = Disk()
    log = open_log(sync=disk.sync)
    await log.record(b"kept")
    disk.failing = True
    with pytest.raises(AuditUnavailableError):
        await log.record(b"lost")
    disk.failing = False
    await healthy(log)
    await log.record(b"after")
    assert entries_of(log) == [b"kept", b"after"]
    assert verify_log(log.read, verifier).intact
    log.close()
    assert entries_of(open_log()) == [b"kept", b"after"]


async def test_after_a_failed_sync_the_file_is_verified_before_it_goes_on(open_log, directory):
    """What had been acknowledged is gone when the log looks again: it stays closed."""
    disk = Disk()
    log = open_log(sync=disk.sync)
    await log.record(b"acknowledged")
    disk.failing = True
    with pytest.raises(AuditUnavailableError):
        await log.record(b"lost")
    (segment,) = (directory / "journal").iterdir()
    segment.write_bytes(bytes(segment.stat().st_size))
    disk.failing = False
    for _ in range(2):
        with pytest.raises(AuditUnavailableError, match="no longer holds what was acknowledged"):
            await log.record(b"refused")
    assert not log.healthy


LIMITED = """
import asyncio, json, resource, sys
from pathlib import Path
from skm_kms.audit import AuditLog, AuditUnavailableError
from skm_kms.clock import SystemClock
from skm_kms.crypto import CheckpointSigner, SystemKey

async def main(directory):
    signer = CheckpointSigner(SystemKey.from_material(1, b"\\x33" * 32))
    log = AuditLog.open(Path(directory), "skm.dev/installation/skm-kms-0", signer, SystemClock())
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    written = refused = 0
    while not refused:
        try:
            await log.record(b"x" * 1000)
            written += 1
        except AuditUnavailableError:
            refused += 1
    sick = log.healthy
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    for _ in range(1000):
        if log.healthy:
            break
        await asyncio.sleep(0.01)
    await log.record(b"after")
    log.close()
    print(json.dumps({"written": written, "sick": sick}))

asyncio.run(main(sys.argv[1]))
"""


async def test_a_full_file_system_is_survived(open_log, entries_of, directory, verifier):
    """The kernel really cuts the write off in the middle (RLIMIT_FSIZE), then lets it go on."""
    program = [sys.executable, "-c", LIMITED, str(directory)]
    output = await asyncio.to_thread(subprocess.check_output, program, cwd=Path.cwd())
    told = json.loads(output)
    assert told["written"] > 10
    assert told["sick"] is False
    log = open_log()
    assert entries_of(log) == [b"x" * 1000] * told["written"] + [b"after"]
    assert open_checkpoint(log.checkpoint(), verifier).size == told["written"] + 1
    assert verify_log(log.read, verifier).intact
