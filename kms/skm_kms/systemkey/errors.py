# SPDX-License-Identifier: Apache-2.0
"""What can be wrong between the KMS and the system-key server. No text carries a key.

SystemKeyError
├── UnreachableError  the server can't be asked now; the KMS waits and tries again
├── ConflictError     another version, or another installation, is there already
├── LossError         database and system-key server do not belong together: no first start
└── StoreError        the server's files are damaged or full
"""


class SystemKeyError(Exception):
    """Base of every error of this package."""


class UnreachableError(SystemKeyError):
    """The system-key server does not answer, or its certificate is refused."""


class ConflictError(SystemKeyError):
    """The server holds something else under this version, or for another installation."""


class LossError(SystemKeyError):
    """One of database and system-key server was lost, or replaced by another installation's."""


class StoreError(SystemKeyError):
    """The server's files are not what it wrote, or can't be written."""
