# SPDX-License-Identifier: Apache-2.0
"""The agent's postStart hook: returns when the set of secrets is complete, or after five seconds.

It is run as a file (`python3 -I -S .../wait.py`) and imports no module of ours, because its start
is part of every injected pod's start. It may not wait longer: while a hook runs, the pod can't be
deleted, has no logs, and its address isn't reported (measured; see DESIGN §7). It always succeeds,
since what holds the application back is the marker file, not this hook.
"""

import os
import sys
import time

MARKER = "/run/skm/secrets/.skm-injected"
LONGEST = 5.0
STEP = 0.01


def wait(marker: str, longest: float) -> bool:
    """True as soon as the marker is there; False after `longest` seconds."""
    end = time.monotonic() + longest
    while not os.access(marker, os.F_OK):
        if time.monotonic() >= end:
            return False
        time.sleep(STEP)
    return True


if __name__ == "__main__":
    wait(sys.argv[1] if len(sys.argv) > 1 else MARKER, LONGEST)
