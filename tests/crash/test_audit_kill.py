# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at any moment: every acknowledged record is in the log, which verifies.

A kill alone leaves the page cache, so this shows the order of writes, not the disk's durability.
SKM_KILLS asks for more rounds, SKM_SEED for others.
"""

import importlib.util
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from skm_common.tlog import Verifier, bundles_of, open_checkpoint, split_entries, verify_log
from skm_kms.crypto import verify_ed25519

WRITER = Path(__file__).with_name("audit_writer.py")
KILLS = int(os.environ.get("SKM_KILLS", "8"))
SEED = int(os.environ.get("SKM_SEED", "20261124"))


def load_writer():
    spec = importlib.util.spec_from_file_location("audit_writer", WRITER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def killed_round(directory: Path, name: str, acknowledgements: int) -> set[bytes]:
    """Run a writer, kill it after so many acknowledgements; gives all that it acknowledged."""
    program = [sys.executable, str(WRITER), str(directory), name]
    with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        heard = b""
        while heard.count(b"\n") < acknowledgements:
            heard += os.read(process.stdout.fileno(), 65536)
        process.send_signal(signal.SIGKILL)
        heard += process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    return set(heard.split(b"\n")[:-1])


def test_every_acknowledged_record_survives_kills(tmp_path):
    writer = load_writer()
    verifier = Verifier(writer.ORIGIN, writer.signer().public_key, verify_ed25519)
    moments = random.Random(SEED)
    acknowledged: set[bytes] = set()
    known = None
    for number in range(KILLS):
        acknowledged |= killed_round(tmp_path, f"round{number}", moments.randint(1, 3000))
        if number % 2 == 0:
            # The next writer finds the log as the kill left it.
            continue
        log = writer.open_log(tmp_path)
        try:
            report = verify_log(log.read, verifier, known)
            assert report.intact, report.findings
            known = open_checkpoint(log.checkpoint(), verifier)
            bundles = [log.read(tile.path()) or b"" for tile in bundles_of(known.size)]
        finally:
            log.close()
        entries = [entry for bundle in bundles for entry in split_entries(bundle)]
        assert acknowledged <= set(entries)
        assert len(entries) == len(set(entries)) == report.vouched
    assert known is not None
    assert known.size >= len(acknowledged)
