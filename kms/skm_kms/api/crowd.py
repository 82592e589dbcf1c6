# SPDX-License-Identifier: Apache-2.0
"""The connections of one plane, and how many of them come from one address."""

import asyncio
from collections import Counter
from typing import Final

from uvicorn.server import ServerState

from .limits import Limits


class Crowd(ServerState):
    """uvicorn's state of a server, which holds its connections, counted by address as well.

    A stranger needs no certificate to connect: without a share for each address, one pod could
    take every connection of a plane, and the memory behind them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._addresses: Final[dict[asyncio.Protocol, str]] = {}
        self._counts: Final[Counter[str]] = Counter()

    def enter(self, connection: asyncio.Protocol, address: str, limits: Limits) -> bool:
        """Count a connection that is already among `connections`; whether there is room for it."""
        self._addresses[connection] = address
        self._counts[address] += 1
        alone = self._counts[address] <= limits.connections_of_one
        return alone and len(self.connections) <= limits.connections

    def leave(self, connection: asyncio.Protocol) -> None:
        """A connection is gone; one that never entered changes nothing."""
        address = self._addresses.pop(connection, None)
        if address is None:
            return
        self._counts[address] -= 1
        if not self._counts[address]:
            del self._counts[address]
