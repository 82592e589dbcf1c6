# SPDX-License-Identifier: Apache-2.0
"""Finds the replicas of the KMS by name and keeps a reporter for each of their addresses."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Executor

from skm_injector.journal import Journal

from .metrics import Metrics
from .reporter import Reporter
from .settings import Settings


def resolve(name: str, port: int) -> frozenset[str]:
    """Return the IPv4 addresses of a name; empty where it can't be resolved now."""
    try:
        found = socket.getaddrinfo(name, port, socket.AF_INET, socket.SOCK_STREAM)
    except socket.gaierror:
        return frozenset()
    return frozenset(str(entry[4][0]) for entry in found)


class Fleet:
    """The reporters; replicas that leave the name's addresses aren't reported to any more."""

    def __init__(
        self,
        *,
        settings: Settings,
        journal: Journal,
        metrics: Metrics,
        executor: Executor,
        make: Callable[[str], Reporter],
        lookup: Callable[[str, int], frozenset[str]] = resolve,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._metrics = metrics
        self._executor = executor
        self._make = make
        self._lookup = lookup
        self._reporters: dict[str, Reporter] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Follow the name until cancelled; while it can't be resolved, the last answer counts."""
        async with asyncio.TaskGroup() as group:
            while True:
                found = await self._find()
                if found:
                    self._follow(found, group)
                self._metrics.replicas(
                    {name: reporter.connected for name, reporter in self._reporters.items()}
                )
                await asyncio.sleep(self._settings.resolve)

    async def _find(self) -> frozenset[str]:
        loop = asyncio.get_running_loop()
        name, port = self._settings.replicas_name, self._settings.kms_port
        found = await loop.run_in_executor(self._executor, self._lookup, name, port)
        self._journal.state("replicas", "replicas_found", " ".join(sorted(found)))
        return found

    def _follow(self, found: frozenset[str], group: asyncio.TaskGroup) -> None:
        for address in set(self._tasks) - found:
            self._tasks.pop(address).cancel()
            del self._reporters[address]
        for address in sorted(found - set(self._tasks)):
            self._reporters[address] = self._make(address)
            self._tasks[address] = group.create_task(self._reporters[address].run())
