# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with the audit log. No durable record, no answer: every one is a refusal.

AuditError
├── AuditUnavailableError     a record could not be made durable now
├── AuditCorruptError         what lies on disk is not what was logged; nothing is written to it
├── AuditLockedError          another process has the log open
└── AuditRecordTooLargeError  the record is empty or larger than the log takes
"""


class AuditError(Exception):
    """Base of every error of this package."""


class AuditUnavailableError(AuditError):
    """The record is not durable: the disk refuses it, too many wait, or the log is closed."""


class AuditCorruptError(AuditError):
    """The log on disk was damaged or changed where records had been acknowledged."""


class AuditLockedError(AuditError):
    """Another process has this log open."""


class AuditRecordTooLargeError(AuditError, ValueError):
    """A record is empty or above the size limit."""
