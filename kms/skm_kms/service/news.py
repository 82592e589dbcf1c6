# SPDX-License-Identifier: Apache-2.0
"""Waking those who wait: a change of the state at once, a change of the facts at the next tick."""

import asyncio


class News:
    """A bell for all waiting calls of one event loop."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self.closing = False

    def __len__(self) -> int:
        return len(self._waiting)

    def tell(self) -> None:
        """Wake everyone who waits; each looks for itself whether the change concerns it."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Wake everyone for the last time: the server drains."""
        self.closing = True
        self.tell()

    async def wait(self, seconds: float) -> None:
        """Return at the next news, or when the time has passed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.add(future)
        timer = loop.call_later(max(seconds, 0), _resolve, future)
        try:
            await future
        finally:
            timer.cancel()
            self._waiting.discard(future)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
