# SPDX-License-Identifier: Apache-2.0
"""The KMS's audit log: a Merkle log on the replica's own volume, durable before any answer."""

from .errors import (
    AuditCorruptError,
    AuditError,
    AuditLockedError,
    AuditRecordTooLargeError,
    AuditUnavailableError,
)
from .log import MAXIMUM_RECORD, AuditLog, Failure
from .record import AuditCaller, AuditRecord, decode_record
from .refusals import OTHERS, RefusalCounter, Refusals

__all__ = [
    "MAXIMUM_RECORD",
    "OTHERS",
    "AuditCaller",
    "AuditCorruptError",
    "AuditError",
    "AuditLockedError",
    "AuditLog",
    "AuditRecord",
    "AuditRecordTooLargeError",
    "AuditUnavailableError",
    "Failure",
    "RefusalCounter",
    "Refusals",
    "decode_record",
]
