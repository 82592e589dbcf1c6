# SPDX-License-Identifier: Apache-2.0
"""What keeps the KMS from serving at all; what one request can meet is skm_kms.errors.

ServiceError
├── LoadError       a row isn't what this KMS wrote: it names table and ID, and nothing is served
└── NotReadyError   a part that serving needs isn't there yet
"""


class ServiceError(Exception):
    """Base of every error of this package."""


class LoadError(ServiceError):
    """A row was edited, moved, removed or left over; `table` and `row` say which."""

    def __init__(self, table: str, row: str, why: str) -> None:
        super().__init__(f"row {row!r} of table {table!r} is refused: {why}")
        self.table = table
        self.row = row


class NotReadyError(ServiceError):
    """A part that serving needs isn't there yet; the message says which and why."""
