# SPDX-License-Identifier: Apache-2.0
"""The system-key server's files: one a version, made once and never changed.

A version's file is written under another name, made durable, and then linked to its own: the link
fails if the name exists, which is the compare-and-set.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

from skm_kms.durable import make_directory, sync_directory, write_all

from .errors import ConflictError, StoreError
from .wire import MAXIMUM_VERSION, Established, NewKey, SystemKeys, WrappedKey

_PREFIX: Final = "system-key-"
_ESTABLISHED: Final = "established"


class FileStore:
    """Wrapped system keys in a directory; raises StoreError for what its files can't be."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def prepare(self) -> None:
        """Make the directory, and see that it can be read and written."""
        try:
            make_directory(self._directory)
            if not os.access(self._directory, os.R_OK | os.W_OK | os.X_OK):
                raise StoreError(f"{self._directory} cannot be written; check the volume")
        except OSError as error:
            raise StoreError(f"{self._directory}: {error.strerror}") from error
        self.load()

    def load(self) -> SystemKeys:
        """Everything that was ever created."""
        keys = [self._read(path) for path in sorted(self._directory.glob(f"{_PREFIX}*"))]
        installations = {key.installation for key in keys}
        if [key.version for key in keys] != list(range(1, len(keys) + 1)):
            raise StoreError("a version of the system key is missing from the files")
        if len(installations) > 1:
            raise StoreError("the files are of several installations")
        return SystemKeys(
            installation=installations.pop() if installations else None,
            keys=tuple(WrappedKey(key.version, key.wrapped) for key in keys),
            established=(self._directory / _ESTABLISHED).exists(),
        )

    def create(self, new: NewKey) -> None:
        """Add the next version; the very same bytes again are success; raises ConflictError."""
        held = self.load()
        if held.installation not in (None, new.installation):
            raise ConflictError("the system keys here are of another installation")
        if new.version <= len(held.keys):
            if held.keys[new.version - 1].wrapped == new.wrapped:
                return
            raise ConflictError(f"version {new.version} exists and is another key")
        if new.version != len(held.keys) + 1 or new.version > MAXIMUM_VERSION:
            raise ConflictError(f"the next version is {len(held.keys) + 1}")
        self._link(f"{_PREFIX}{new.version:06d}.json", msgspec.json.encode(new))

    def establish(self, established: Established) -> None:
        """Remember for good that a database with this installation has existed."""
        if self.load().installation != established.installation:
            raise ConflictError("the system keys here are of another installation")
        if not (self._directory / _ESTABLISHED).exists():
            self._link(_ESTABLISHED, msgspec.json.encode(established))

    def _read(self, path: Path) -> NewKey:
        try:
            return msgspec.json.decode(path.read_bytes(), type=NewKey)
        except (msgspec.MsgspecError, OSError) as error:
            raise StoreError(f"{path} is damaged; restore it from a backup") from error

    def _link(self, name: str, content: bytes) -> None:
        temporary = self._directory / f".new-{os.getpid()}"
        try:
            temporary.unlink(missing_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                write_all(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            (self._directory / name).hardlink_to(temporary)
            temporary.unlink()
            sync_directory(self._directory)
        except FileExistsError:
            raise ConflictError(f"{name} has just been made by another process") from None
        except OSError as error:
            raise StoreError(f"{self._directory} cannot be written: {error.strerror}") from error
