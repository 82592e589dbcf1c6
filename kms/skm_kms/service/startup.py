# SPDX-License-Identifier: Apache-2.0
"""From files and servers to a state in memory: each step says what it misses and is tried again.

root key and system-key server → keyring → database → verified state → audit log. A step that fails
touches no data (DESIGN §2); one that was killed is gone through again.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from skm_kms.audit import AuditError, AuditLog
from skm_kms.clock import Clock
from skm_kms.crypto import CheckpointSigner, CryptoError, Keyring, Random
from skm_kms.errors import RequestError
from skm_kms.identity.authority import Authority, Purpose
from skm_kms.identity.errors import CertificateError
from skm_kms.rootkey import RootKeyError, RootKeyProvider
from skm_kms.store import SqliteStore, Store, StoreError
from skm_kms.systemkey import SystemKeyClient, SystemKeyError, establish

from .authorities import ensure_authorities
from .errors import LoadError, NotReadyError
from .loading import load
from .news import News
from .readiness import AUDIT, DATABASE, ROOT_KEY, SYSTEM_KEY, Readiness
from .state import State

AUDIT_SEGMENT: Final = 4 * 1024 * 1024
"""Bytes of the audit log's segments; up to two of them are held in memory."""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """Everything that the planes need, and that a closing KMS lets go of."""

    state: State
    authorities: Mapping[Purpose, Authority]
    log: AuditLog

    def close(self) -> None:
        """Let go of audit log and database; blocks until both are on disk."""
        self.log.close()
        self.state.close()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a start takes everything from."""

    directory: Path
    origin: str
    provider: RootKeyProvider
    system_keys: SystemKeyClient
    clock: Clock
    random: Random


async def unlock(sources: Sources, readiness: Readiness) -> Unlocked:
    """Go through every step once; raises NotReadyError, with the reason noted as readiness."""
    store = await _open(sources, readiness)
    try:
        keyring = await _keyring(sources, store, readiness)
        state = await _state(sources, store, keyring, readiness)
        log = await _audit(sources, keyring, readiness)
    except NotReadyError:
        store.close()
        raise
    try:
        authorities = await ensure_authorities(state, sources.clock)
    except (RequestError, CryptoError, CertificateError) as error:
        log.close()
        state.close()
        raise _missing(readiness, DATABASE, error) from error
    # The server hears of the first row only now: it may already know, and may be away.
    with suppress(SystemKeyError):
        await sources.system_keys.confirm(keyring.installation)
    return Unlocked(state, authorities, log)


async def _open(sources: Sources, readiness: Readiness) -> SqliteStore:
    try:
        store = await asyncio.to_thread(SqliteStore, sources.directory / "state.db")
    except StoreError as error:
        raise _missing(readiness, DATABASE, error) from error
    return store


async def _keyring(sources: Sources, store: Store, readiness: Readiness) -> Keyring:
    try:
        keyring = await establish(
            sources.provider, sources.system_keys, store.installation, sources.random
        )
    except RootKeyError as error:
        readiness.note(SYSTEM_KEY, None)
        raise _missing(readiness, ROOT_KEY, error) from error
    except SystemKeyError as error:
        raise _missing(readiness, SYSTEM_KEY, error) from error
    readiness.note(ROOT_KEY, None)
    readiness.note(SYSTEM_KEY, None)
    return keyring


async def _state(sources: Sources, store: Store, keyring: Keyring, readiness: Readiness) -> State:
    try:
        await asyncio.to_thread(store.claim, keyring.installation)
        tables = await asyncio.to_thread(load, store, keyring)
        await asyncio.to_thread(store.probe)
    except (StoreError, LoadError) as error:
        raise _missing(readiness, DATABASE, error) from error
    readiness.note(DATABASE, None)
    return State(store, keyring, tables, News())


async def _audit(sources: Sources, keyring: Keyring, readiness: Readiness) -> AuditLog:
    # The log's key comes from the first system key: it must outlive every later one.
    signer = CheckpointSigner(keyring.by_version[1])
    directory = sources.directory / "audit"
    try:
        log = await asyncio.to_thread(
            AuditLog.open,
            directory,
            sources.origin,
            signer,
            sources.clock,
            segment_size=AUDIT_SEGMENT,
        )
    except (AuditError, OSError) as error:
        raise _missing(readiness, AUDIT, error) from error
    readiness.note(AUDIT, None)
    return log


def _missing(readiness: Readiness, part: str, error: Exception) -> NotReadyError:
    readiness.note(part, str(error))
    return NotReadyError(f"{part}: {error}")
