# SPDX-License-Identifier: Apache-2.0
"""Keeps one replica of the KMS told: the whole first, then changes, then heartbeats."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Final

from skm_injector.backoff import Backoff
from skm_injector.journal import Journal

from .board import Board
from .errors import ReplicaError, SnapshotRequiredError
from .judgement import Attestation
from .metrics import Metrics
from .replica import Endpoint, Replica
from .reports import Origin, report
from .settings import Settings

FIRST_DELAY: Final = 2.0
LONGEST_DELAY: Final = 10.0


class Reporter:
    """Reports to one replica until cancelled; `uniform(low, high)` supplies the randomness."""

    def __init__(
        self,
        *,
        settings: Settings,
        endpoint: Endpoint,
        origin: Origin,
        board: Board,
        journal: Journal,
        metrics: Metrics,
        executor: Executor,
        uniform: Callable[[float, float], float],
    ) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._origin = origin
        self._board = board
        self._journal = journal
        self._metrics = metrics
        self._executor = executor
        self._backoff = Backoff(FIRST_DELAY, LONGEST_DELAY, uniform)
        self._sequence = 0
        self.connected = False

    async def run(self) -> None:
        """Report for ever; a failure begins a new connection after a random, growing pause."""
        await self._board.first()
        while True:
            replica = Replica(self._endpoint)
            try:
                await self._converse(replica)
            except ReplicaError as error:
                self._fail(error)
            finally:
                self.connected = False
                replica.close()
            await asyncio.sleep(self._backoff.next())

    async def _converse(self, replica: Replica) -> None:
        told: Mapping[str, Attestation] | None = None
        asked_again = False
        while True:
            now = self._board.attested
            try:
                await self._send(replica, told, now)
            except SnapshotRequiredError:
                self._metrics.reported("snapshot_required")
                if asked_again or told is None:
                    raise
                told, asked_again = None, True
                continue
            self._succeed()
            told, asked_again = now, False
            await self._board.differs(told, self._settings.heartbeat)

    async def _send(
        self,
        replica: Replica,
        told: Mapping[str, Attestation] | None,
        now: Mapping[str, Attestation],
    ) -> None:
        self._sequence += 1
        body = report(self._origin, self._sequence, told, now)
        token = self._settings.token_file
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, replica.send_report, body, token)

    def _succeed(self) -> None:
        self.connected = True
        self._backoff.reset()
        self._metrics.reported("accepted")
        self._journal.state(f"replica/{self._endpoint.address}", "replica_reached", "")

    def _fail(self, error: ReplicaError) -> None:
        self._metrics.reported("failed")
        self._journal.state(f"replica/{self._endpoint.address}", "replica_failed", str(error))
