# SPDX-License-Identifier: Apache-2.0
"""A process that logs as fast as it can and says on standard output what was acknowledged.

Arguments: directory, name of this round. It runs until it is killed.
"""

import asyncio
import os
import sys
from pathlib import Path

from skm_kms.audit import AuditLog
from skm_kms.clock import SystemClock
from skm_kms.crypto import CheckpointSigner, SystemKey

ORIGIN = "skm.dev/crash/0"
OUTSTANDING = 16
SEGMENT_SIZE = 16 * 1024
"""Small, so that kills meet rotations and publications as well."""


def signer() -> CheckpointSigner:
    return CheckpointSigner(SystemKey.from_material(1, b"\x44" * 32))


def open_log(directory: Path) -> AuditLog:
    return AuditLog.open(directory, ORIGIN, signer(), SystemClock(), segment_size=SEGMENT_SIZE)


async def write(log: AuditLog, round_name: str, lane: int) -> None:
    number = 0
    while True:
        record = f"{round_name}-{lane}-{number}"
        await log.record(record.encode())
        os.write(1, record.encode() + b"\n")
        number += 1


async def main(directory: Path, round_name: str) -> None:
    log = open_log(directory)
    await asyncio.gather(*(write(log, round_name, lane) for lane in range(OUTSTANDING)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
