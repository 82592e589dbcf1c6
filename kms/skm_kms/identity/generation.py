# SPDX-License-Identifier: Apache-2.0
"""A counter that says "something that decides has changed", for caches and for calls that wait."""

import asyncio


class Generation:
    """Counts changes; whoever kept a decision compares the number it was made under.

    Used from one event loop only.
    """

    __slots__ = ("_waiting", "value")

    def __init__(self) -> None:
        self.value = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def bump(self) -> None:
        """Count a change and wake everyone who waits for one."""
        self.value += 1
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def beyond(self, seen: int) -> int:
        """Wait until the generation is no longer `seen`, and return it."""
        while self.value == seen:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)
        return self.value
