# SPDX-License-Identifier: Apache-2.0
"""The state: what is in memory decides, and what is in memory has been made durable before."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from skm_kms.crypto import Keyring
from skm_kms.errors import ConflictError, UnavailableError
from skm_kms.model import Record, SessionRecord
from skm_kms.store import RowKey, Store, StoreError

from .news import News
from .rows import to_row
from .tables import Tables

_QUIET: Final = (SessionRecord.table,)
"""Tables whose changes decide nothing that is kept by generation: identity has its own."""


class State:
    """Memory and store of one KMS; used from one event loop, the store on a thread of its own.

    `generation` moves with every change that can change a decision. A use case that reads and then
    writes holds `writing` in between, so that changes come one after the other.
    """

    def __init__(self, store: Store, keyring: Keyring, tables: Tables, news: News) -> None:
        self.tables = tables
        self.keyring = keyring
        self.news = news
        self.generation = 1
        self.sequence = store.sequence
        self.trouble: str | None = None
        self.writing = asyncio.Lock()
        self._store = store
        self._committing = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "skm-store")

    async def commit(self, *puts: Record, removes: Sequence[Record] = ()) -> None:
        """Make a change durable, then visible; all of it or none.

        Raises ConflictError if a record isn't the successor of what stands, UnavailableError if
        the database doesn't take it. A caller that is cancelled leaves a whole change behind.
        """
        await asyncio.shield(asyncio.ensure_future(self._commit(puts, removes)))

    async def _commit(self, puts: Sequence[Record], removes: Sequence[Record]) -> None:
        async with self._committing:
            for record in puts:
                self._check_succeeds(record)
            sequence = self.sequence + 1
            rows = [to_row(self.keyring, record, sequence) for record in puts]
            keys = [RowKey(record.table, record.id) for record in removes]
            await self._run(self._store.commit, rows, keys, sequence)
            self.sequence = sequence
            self._show(puts, removes)

    def _check_succeeds(self, record: Record) -> None:
        standing = self.tables.current(record)
        if record.generation != (standing.generation if standing else 0) + 1:
            raise ConflictError(f"the {record.table} row has changed meanwhile; read it again")

    def _show(self, puts: Sequence[Record], removes: Sequence[Record]) -> None:
        for record in removes:
            self.tables.remove(record)
        for record in puts:
            self.tables.put(record)
        if any(record.table not in _QUIET for record in (*puts, *removes)):
            self.generation += 1
            self.news.tell()

    async def probe(self) -> None:
        """Find out whether the database takes a write now; sets or clears `trouble`."""
        async with self._committing:
            await self._run(self._store.probe)

    async def _run(self, call: Callable[..., None], *arguments: Any) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, call, *arguments)
        except StoreError as error:
            self.trouble = str(error)
            raise UnavailableError("the database doesn't take the change now") from error
        self.trouble = None

    def close(self) -> None:
        """Wait for the running commit and let go of the store."""
        self._thread.shutdown()
        self._store.close()
