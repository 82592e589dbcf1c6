# SPDX-License-Identifier: Apache-2.0
"""What the node attests now: written by the watcher, read by the reporter of each replica."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from .judgement import Attestation


class Board:
    """The newest attestations by pod UID; for one event loop."""

    def __init__(self) -> None:
        self.attested: Mapping[str, Attestation] = MappingProxyType({})
        self.looked = False
        self._changed = asyncio.Event()

    def put(self, attested: Mapping[str, Attestation]) -> None:
        """Show a new set; wakes the reporters where it differs from the last, or is the first."""
        if not self.looked or attested != self.attested:
            self.attested = MappingProxyType(dict(attested))
            self._changed.set()
            self._changed = asyncio.Event()
        self.looked = True

    async def differs(self, told: Mapping[str, Attestation], patience: float) -> None:
        """Return when the set is another than `told`, or when `patience` seconds have passed."""
        try:
            async with asyncio.timeout(patience):
                while self.attested == told:
                    await self._changed.wait()
        except TimeoutError:
            return

    async def first(self) -> None:
        """Return when the witnesses have been looked at once: a node says nothing before."""
        while not self.looked:
            await self._changed.wait()
