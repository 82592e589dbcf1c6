# SPDX-License-Identifier: Apache-2.0
"""What a serving KMS does by itself: tell news, destroy what is due, look after its sources."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from skm_kms.audit import AuditLog, AuditRecord
from skm_kms.clock import Clock
from skm_kms.errors import RequestError
from skm_kms.identity.cluster import Facts
from skm_kms.rootkey import RootKeyError, RootKeyProvider
from skm_kms.systemkey import SystemKeyClient, SystemKeyError

from .auditing import SYSTEM
from .core import Core
from .deletion import destroy_due, next_due
from .ledger import Ledger
from .readiness import AUDIT, CLUSTER, DATABASE, ROOT_KEY, SYSTEM_KEY, Readiness
from .sessions import StateSessions

NEWS_SECONDS: Final = 0.25
"""How long several changes of the facts are gathered before those who wait look again."""
DESTRUCTION_SECONDS: Final = 30.0
WATCH_SECONDS: Final = 5.0
FRESH_SECONDS: Final = 30.0
NOTE_SECONDS: Final = 0.5
PRUNE_SECONDS: Final = 300.0
TRIM_SECONDS: Final = 10.0
FLUSH_SECONDS: Final = 2.0
_PROBE: Final = b"skm.dev/probe"

_log: Final = logging.getLogger("skm_kms.chores")


async def tell_news(core: Core, facts: Facts) -> None:
    """Wake waiting calls when something that decides about callers has changed."""
    seen = facts.generation
    while True:
        seen = await facts.changes.beyond(seen)
        core.state.news.tell()
        await asyncio.sleep(NEWS_SECONDS)


async def destroy_when_due(core: Core, ledger: Ledger) -> None:
    """Destroy keys and keystores when their time has come; each is recorded."""
    while True:
        try:
            for destroyed in await destroy_due(core):
                await ledger.write(_destruction(core, destroyed.table, destroyed.id))
        except RequestError as error:
            _log.warning("a destruction that is due waits: %s", error)
        due = next_due(core)
        left = DESTRUCTION_SECONDS if due is None else due - core.clock.now()
        await asyncio.sleep(min(DESTRUCTION_SECONDS, max(left, 0.1)))


def _destruction(core: Core, table: str, identifier: str) -> AuditRecord:
    return AuditRecord(
        time=core.clock.now(),
        request="destruction",
        plane="chores",
        operation=f"Destroy/{table}",
        caller=SYSTEM,
        address="local",
        checks={},
        outcome="allowed",
        key=identifier,
    )


async def prune_sessions(sessions: StateSessions) -> None:
    """Drop the rows of sessions that ended."""
    while True:
        await asyncio.sleep(PRUNE_SECONDS)
        try:
            await sessions.prune()
        except RequestError as error:
            _log.warning("ended sessions stay for now: %s", error)


async def give_back_memory(give_back: Callable[[], None]) -> None:
    """Keep what a burst needed for no longer than the burst."""
    while True:
        await asyncio.sleep(TRIM_SECONDS)
        give_back()


async def flush_counts(ledger: Ledger) -> None:
    """Write what was counted, interval after interval."""
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        try:
            await ledger.flush()
        except RequestError as error:
            _log.warning("counted refusals weren't recorded: %s", error)


async def look_after(
    core: Core,
    readiness: Readiness,
    *,
    log: AuditLog,
    provider: RootKeyProvider,
    system_keys: SystemKeyClient,
) -> None:
    """Note what is away; data is served from memory without root key and system-key server."""
    while True:
        await _note_database(core, readiness)
        readiness.note(AUDIT, log.failure.reason if log.failure else None)
        await _note_keys(provider, system_keys, readiness)
        await asyncio.sleep(WATCH_SECONDS)


async def note_cluster(facts: Facts, clock: Clock, readiness: Readiness) -> None:
    """Note whether the cluster's facts are there and fresh, and why not."""
    while True:
        fresh = facts.age(clock.monotonic()) <= FRESH_SECONDS
        troubles = "; ".join(f"{what}: {why}" for what, why in facts.troubles().items())
        readiness.note(CLUSTER, None if fresh else troubles or "the API server says nothing")
        await asyncio.sleep(NOTE_SECONDS)


async def _note_database(core: Core, readiness: Readiness) -> None:
    try:
        await core.state.probe()
    except RequestError:
        readiness.note(DATABASE, core.state.trouble)
    else:
        readiness.note(DATABASE, None)


async def _note_keys(
    provider: RootKeyProvider, system_keys: SystemKeyClient, readiness: Readiness
) -> None:
    try:
        await asyncio.to_thread(provider.wrap, _PROBE, _PROBE)
    except RootKeyError as error:
        readiness.note(ROOT_KEY, str(error))
    else:
        readiness.note(ROOT_KEY, None)
    try:
        await system_keys.list()
    except SystemKeyError as error:
        readiness.note(SYSTEM_KEY, str(error))
    else:
        readiness.note(SYSTEM_KEY, None)
