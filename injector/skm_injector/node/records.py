# SPDX-License-Identifier: Apache-2.0
"""The first witness: what the CNI recorded when it made a pod's network (libcni's result cache).

A file is named `<network>-<container>-<interface>` and outlives a sandbox that died without a CNI
DEL, so that several may name one pod. Pure but for `read`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .addresses import ipv4_address, unicast_mac
from .errors import RecordError

MAXIMUM_BYTES: Final = 256 * 1024
"""A larger file is no result of a CNI; real ones have 1 to 3 KiB."""

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


def read(folder: Path) -> tuple[list[Record], int]:
    """Return the records of a result cache, and how many of its files can't be understood."""
    records: list[Record] = []
    unreadable = 0
    for path in sorted(folder.iterdir()):
        try:
            record = _read(path)
        except FileNotFoundError:
            continue
        except (RecordError, OSError):
            unreadable += 1
            continue
        if record:
            records.append(record)
    return records, unreadable


def _read(path: Path) -> Record | None:
    with path.open("rb") as file:
        content = file.read(MAXIMUM_BYTES + 1)
        if len(content) > MAXIMUM_BYTES:
            raise RecordError("too large")
        return parse(content, path.stat().st_mtime_ns)


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
