# SPDX-License-Identifier: Apache-2.0
"""The system-key server, which keeps wrapped system keys, and the KMS's way to it."""

from .bootstrap import establish
from .client import SystemKeyClient
from .errors import ConflictError, LossError, StoreError, SystemKeyError, UnreachableError
from .wire import SystemKeys, WrappedKey

__all__ = [
    "ConflictError",
    "LossError",
    "StoreError",
    "SystemKeyClient",
    "SystemKeyError",
    "SystemKeys",
    "UnreachableError",
    "WrappedKey",
    "establish",
]
