# SPDX-License-Identifier: Apache-2.0
"""Where random bytes come from: a parameter everywhere, so that tests can say what was drawn."""

import secrets
from typing import Final, Protocol


class Random(Protocol):
    """A cryptographically secure generator: `random(n)` gives `n` fresh bytes."""

    def __call__(self, size: int, /) -> bytes:
        """Draw `size` bytes."""
        ...


system_random: Final[Random] = secrets.token_bytes
