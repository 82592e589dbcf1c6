# SPDX-License-Identifier: Apache-2.0
"""Request IDs: the caller's own if it is a plain word, else one of ours."""

import itertools
import os
import re
from typing import Final

_PLAIN: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PREFIX: Final = os.urandom(6).hex().encode()
_numbers: Final = itertools.count(1)


def request_id(given: bytes | None) -> bytes:
    """The ID under which answer, audit record and log line find each other."""
    if given is not None and _PLAIN.fullmatch(given):
        return given
    return b"%b-%x" % (_PREFIX, next(_numbers))
