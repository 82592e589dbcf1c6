# SPDX-License-Identifier: Apache-2.0
"""The webhook's log: one JSON object a line, with names and reasons, never a secret or a key."""

import json
import sys
import time


def log(event: str, **facts: object) -> None:
    """Writes one line to standard output."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = json.dumps({"time": moment, "event": event, **facts}, ensure_ascii=False)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
