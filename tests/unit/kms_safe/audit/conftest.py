# SPDX-License-Identifier: Apache-2.0
"""Real logs in temporary directories, opened and closed by the tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skm_common.tlog import Verifier, bundles_of, open_checkpoint, split_entries
from skm_kms.audit import AuditLog
from skm_kms.clock import SystemClock
from skm_kms.crypto import CheckpointSigner, SystemKey, verify_ed25519

ORIGIN = "skm.dev/installation/skm-kms-0"
SIGNER = CheckpointSigner(SystemKey.from_material(1, b"\x33" * 32))
VERIFIER = Verifier(ORIGIN, SIGNER.public_key, verify_ed25519)

OpenLog = Callable[..., AuditLog]


@pytest.fixture
def verifier() -> Verifier:
    return VERIFIER


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "audit"


@pytest.fixture
def open_log(directory: Path) -> Iterator[OpenLog]:
    opened: list[AuditLog] = []

    def open_it(place: Path = directory, **options: object) -> AuditLog:
        log = AuditLog.open(place, ORIGIN, SIGNER, SystemClock(), **options)  # type: ignore[arg-type]
        opened.append(log)
        return log

    yield open_it
    for log in opened:
        log.close()


@pytest.fixture
def entries_of() -> Callable[[AuditLog], list[bytes]]:
    """All records of a log, read by the paths that its signed head calls for."""

    def read(log: AuditLog) -> list[bytes]:
        size = open_checkpoint(log.checkpoint(), VERIFIER).size
        bundles = [log.read(tile.path()) or b"" for tile in bundles_of(size)]
        return [entry for bundle in bundles for entry in split_entries(bundle)]

    return read
