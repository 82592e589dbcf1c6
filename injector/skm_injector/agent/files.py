# SPDX-License-Identifier: Apache-2.0
"""The files that the application reads, on the pod's memory volume.

Each key is a symbolic link that a rename(2) moves from one complete version to the next, so that a
reader never sees half of one. `<key>` leads to a file, or to a directory with a file a field. All
are readable by anybody who has the volume mounted: who mounts it is what protects them.
"""

import os
from pathlib import Path
from threading import Lock
from typing import Final

from skm_common import names
from skm_injector.agent.errors import ContentError
from skm_injector.agent.verdict import Content

MARKER: Final = names.MARKER_FILE
MARKER_LINE: Final = f"{names.MARKER_VARIABLE}='true'\n"
"""In the form that a `fileKeyRef` reads: the containers' required variable comes from here."""


class SecretFiles:
    """Writes and removes whole keys; safe for several threads."""

    def __init__(self, directory: Path, keys: frozenset[str]) -> None:
        self._directory = directory
        self._missing = {key for key in keys if not self.holds(key)}
        self._lock = Lock()
        self._serial = 0

    @property
    def complete(self) -> bool:
        """Whether every key has been written once in this pod's life."""
        return (self._directory / MARKER).exists()

    def holds(self, key: str) -> bool:
        """Whether the key's files are there now, also from before a restart of the agent."""
        return (self._directory / key).is_symlink()

    def write(self, key: str, content: Content) -> bool:
        """Replaces the key's files; True if that made the set complete. Raises ContentError."""
        with self._lock:
            try:
                self._publish(key, content)
            except OSError as error:
                reason = os.strerror(error.errno or 0)
                raise ContentError(f"the secret can't be written: {reason}") from None
            finally:
                self._sweep(key)
            self._missing.discard(key)
            if self._missing or self.complete:
                return False
            self._mark()
            return True

    def wipe(self, key: str) -> None:
        """Removes the key's files; the marker stays, because containers have started on it."""
        with self._lock:
            (self._directory / key).unlink(missing_ok=True)
            self._sweep(key)

    def _publish(self, key: str, content: Content) -> None:
        target = self._unused(key)
        if isinstance(content, str):
            _write(target, content)
        else:
            _write_fields(target, content)
        link = self._directory / f"{target.name}.link"
        link.unlink(missing_ok=True)
        link.symlink_to(target.name)
        link.replace(self._directory / key)

    def _unused(self, key: str) -> Path:
        """A place for the next version: two dots first, so that no key or field can be there."""
        while True:
            self._serial += 1
            place = self._directory / f"..{key}.{self._serial}"
            if not place.exists():
                return place

    def _sweep(self, key: str) -> None:
        """Removes what the key's link doesn't lead to: older versions, and failed ones."""
        link = self._directory / key
        keep = link.readlink().name if link.is_symlink() else None
        for entry in self._directory.glob(f"..{key}.*"):
            if entry.name == keep:
                continue
            if entry.is_dir() and not entry.is_symlink():
                for file in entry.iterdir():
                    file.unlink()
                entry.rmdir()
            else:
                entry.unlink()

    def _mark(self) -> None:
        draft = self._directory / f"{MARKER}.draft"
        draft.unlink(missing_ok=True)
        _write(draft, MARKER_LINE)
        draft.replace(self._directory / MARKER)


def _write_fields(directory: Path, fields: dict[str, str]) -> None:
    for name in fields:
        if not name or "/" in name or "\0" in name or name in (".", ".."):
            raise ContentError("a field of the secret has a name that no file can have")
    directory.mkdir()
    for name, text in fields.items():
        _write(directory / name, text)
    directory.chmod(0o755)


def _write(path: Path, text: str) -> None:
    try:
        content = text.encode()
    except UnicodeEncodeError:
        raise ContentError("the secret is no valid Unicode text") from None
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o444)
        file.write(content)
