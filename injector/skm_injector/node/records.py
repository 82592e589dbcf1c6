# SPDX-License-Identifier: Apache-2.0
"""The first witness: what the CNI recorded when it made a pod's network (libcni's result cache).

A file is named `<network>-<container>-<interface>` and outlives a sandbox that died without a CNI
DEL, so that several may name one pod. `parse` is pure.
"""

import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .addresses import ipv4_address, unicast_mac
from .errors import RecordError

MAXIMUM_BYTES: Final = 2 * 1024 * 1024
"""A larger file is no result of a CNI. Most have 2 KiB; containerd adds the pod's annotations,
which may be 256 KiB before JSON escapes them."""

_UID: Final = "K8S_POD_UID"


@dataclass(frozen=True, slots=True)
class Record:
    """One interface of one pod as the CNI declared it.

    `mac` is nothing where the field holds no unicast MAC. `host_interfaces` are the names of the
    result's interfaces that stand in no sandbox. `written` is the file's time in nanoseconds.
    """

    pod_uid: str
    interface: str
    ipv4: str | None
    mac: str | None
    host_interfaces: tuple[str, ...]
    written: int


def parse(content: bytes, written: int) -> Record | None:
    """Return the record of one file, or nothing where it belongs to no pod.

    Raises `RecordError` for what isn't in libcni's form.
    """
    try:
        cached = json.loads(content)
        arguments = dict(cached.get("cniArgs") or [])
        uid = arguments.get(_UID)
        if not uid:
            return None
        result = cached["result"]
        return _record(str(uid), str(cached["ifName"]), result, written)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordError("not a cached CNI result") from error


class ResultCache:
    """libcni's folder; a file is parsed when it is new or has changed, not at every look.

    `unreadable` tells how many files weren't understood at the last look.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[tuple[int, ...], Record | None]] = {}
        self._broken: dict[str, tuple[int, ...]] = {}

    @property
    def unreadable(self) -> int:
        """How many files weren't understood at the last look."""
        return len(self._broken)

    def read(self) -> list[Record]:
        """Return the records as they stand now; raises OSError where the folder can't be read."""
        with os.scandir(self._folder) as entries:
            present = {entry.name: entry for entry in entries}
        for name in (self._known.keys() | self._broken.keys()) - present.keys():
            self._known.pop(name, None)
            self._broken.pop(name, None)
        for name, entry in present.items():
            with suppress(FileNotFoundError):
                self._look(name, entry)
        return [record for _, record in self._known.values() if record]

    def _look(self, name: str, entry: "os.DirEntry[str]") -> None:
        status = entry.stat(follow_symlinks=False)
        mark = (status.st_ino, status.st_mtime_ns, status.st_size)
        if mark in (self._known.get(name, ((),))[0], self._broken.get(name)):
            return
        self._known.pop(name, None)
        self._broken.pop(name, None)
        try:
            self._known[name] = (mark, _open(entry, status))
        except (RecordError, PermissionError):
            self._broken[name] = mark


def _open(entry: "os.DirEntry[str]", status: os.stat_result) -> Record | None:
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAXIMUM_BYTES:
        raise RecordError("no file, or too large a one")
    return parse(Path(entry.path).read_bytes(), status.st_mtime_ns)


def _record(uid: str, name: str, result: dict[str, Any], written: int) -> Record:
    interfaces = result.get("interfaces") or []
    inside = [n for n, entry in enumerate(interfaces) if entry.get("sandbox")]
    own = next((n for n in inside if interfaces[n].get("name") == name), None)
    addresses = [
        address
        for entry in result.get("ips") or []
        if own is not None and entry.get("interface", own) == own
        if (address := ipv4_address(entry.get("address")))
    ]
    outside = (str(entry["name"]) for entry in interfaces if not entry.get("sandbox"))
    return Record(
        pod_uid=uid,
        interface=name,
        ipv4=addresses[0] if len(addresses) == 1 else None,
        mac=unicast_mac(interfaces[own].get("mac")) if own is not None else None,
        host_interfaces=tuple(outside),
        written=written,
    )
