# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

HARDENED = """
import ctypes, resource
from skm_kms.hardening import harden
harden()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_a_hardened_process_leaves_no_core_and_lets_no_debugger_in() -> None:
    said = subprocess.run(
        [sys.executable, "-c", HARDENED], check=True, capture_output=True, text=True
    )
    assert said.stdout.split() == ["0", "0", "0"]
