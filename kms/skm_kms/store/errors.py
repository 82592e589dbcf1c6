# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with the durable form of the state.

StoreError              base: the database can't be used now; the message says why
├── StoreFormatError    the file is no database of ours, or of a version this program doesn't know
└── StoreConflictError  somebody else wrote: the sequence isn't the one expected
"""


class StoreError(Exception):
    """The database can't be used now: unreachable, full, locked or damaged."""


class StoreFormatError(StoreError):
    """The file is not a database of this program, or of another schema version."""


class StoreConflictError(StoreError):
    """The database's sequence isn't the expected one: another writer has been at it."""
