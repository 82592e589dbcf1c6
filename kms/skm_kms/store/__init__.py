# SPDX-License-Identifier: Apache-2.0
"""The durable form of the state: rows in SQLite, behind one small interface."""

from .errors import StoreConflictError, StoreError, StoreFormatError
from .row import Row, RowKey
from .sqlite import SqliteStore
from .store import Store

__all__ = [
    "Row",
    "RowKey",
    "SqliteStore",
    "Store",
    "StoreConflictError",
    "StoreError",
    "StoreFormatError",
]
