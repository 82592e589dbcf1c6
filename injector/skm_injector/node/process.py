# SPDX-License-Identifier: Apache-2.0
"""Puts the node agent together and runs it until it is told to end."""

import asyncio
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor
from random import SystemRandom
from typing import Final

from skm_injector.journal import Journal

from .board import Board
from .fleet import Fleet
from .health import Health
from .metrics import Metrics
from .replica import Endpoint
from .reporter import Reporter
from .reports import Origin
from .settings import Settings
from .watcher import Watcher

_THREADS: Final = 16
"""Enough for every replica to be slow at once while the name is resolved."""


async def run(settings: Settings, journal: Journal) -> None:
    """Watch and report until SIGTERM or SIGINT."""
    board, metrics = Board(), Metrics()
    origin = Origin(settings.node_name, secrets.token_hex(16))
    uniform = SystemRandom().uniform
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="replica") as threads:

        def reporter(address: str) -> Reporter:
            endpoint = _endpoint(settings, address)
            return Reporter(
                settings=settings,
                endpoint=endpoint,
                origin=origin,
                board=board,
                journal=journal,
                metrics=metrics,
                executor=threads,
                uniform=uniform,
            )

        watcher = Watcher(settings, board, journal, metrics)
        fleet = Fleet(
            settings=settings, journal=journal, metrics=metrics, executor=threads, make=reporter
        )
        server = await Health(metrics).serve(settings.health_address, settings.health_port)
        journal.event("started", node=settings.node_name, address=settings.node_ip)
        async with server:
            await _until_told(watcher, fleet)
        journal.event("ended")


async def _until_told(watcher: Watcher, fleet: Fleet) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    works = [asyncio.create_task(watcher.run()), asyncio.create_task(fleet.run())]
    end = asyncio.create_task(told.wait())
    try:
        await asyncio.wait([*works, end], return_when=asyncio.FIRST_COMPLETED)
    finally:
        end.cancel()
        for work in works:
            work.cancel()
        results = await asyncio.gather(*works, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _endpoint(settings: Settings, address: str) -> Endpoint:
    return Endpoint(
        address=address,
        port=settings.kms_port,
        server_name=settings.server_name,
        ca_file=settings.ca_file,
        source=settings.node_ip,
        timeout=settings.timeout,
    )
