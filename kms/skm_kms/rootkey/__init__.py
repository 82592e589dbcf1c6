# SPDX-License-Identifier: Apache-2.0
"""Providers of the root key, which wraps system keys."""

from .errors import RootKeyError, RootKeyUnavailableError, WrongRootKeyError
from .file_root_key import FileRootKey
from .provider import RootKeyProvider

__all__ = [
    "FileRootKey",
    "RootKeyError",
    "RootKeyProvider",
    "RootKeyUnavailableError",
    "WrongRootKeyError",
]
