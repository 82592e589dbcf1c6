# SPDX-License-Identifier: Apache-2.0
"""What a process holds, as the kernel counts it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_KILOBYTES: Final = re.compile(r"^(\w+):\s+(\d+) kB$", re.MULTILINE)
_MIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory in MiB. `resident` counts pages shared with others wholly, `proportional` by share.

    `private` are the anonymous pages: what the process itself has written.
    """

    resident: float
    proportional: float
    private: float

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.resident + other.resident,
            self.proportional + other.proportional,
            self.private + other.private,
        )


def read_usage(status: str, rollup: str) -> Usage:
    """The usage behind the texts of /proc/PID/status and smaps_rollup (proc(5))."""
    counted, mapped = _fields(status), _fields(rollup)
    return Usage(
        resident=counted["VmRSS"] / _MIB,
        proportional=mapped["Pss"] / _MIB,
        private=counted["RssAnon"] / _MIB,
    )


def usage_of(pids: Iterable[int], proc: Path = Path("/proc")) -> Usage | None:
    """The sum over processes that are there; None where none of them is."""
    found = [usage for pid in pids if (usage := _one(proc / str(pid)))]
    return sum(found[1:], start=found[0]) if found else None


def pids_of(container: str, proc: Path = Path("/proc")) -> list[int]:
    """The processes of a container, by the ID that the runtime puts into their cgroup's path."""
    return [
        int(folder.name)
        for folder in proc.iterdir()
        if folder.name.isdigit() and container in _text(folder / "cgroup")
    ]


def _one(process: Path) -> Usage | None:
    status, rollup = _text(process / "status"), _text(process / "smaps_rollup")
    return read_usage(status, rollup) if "VmRSS" in status and "Pss" in rollup else None


def _fields(text: str) -> dict[str, int]:
    return {name: int(number) for name, number in _KILOBYTES.findall(text)}


def _text(path: Path) -> str:
    """A file of /proc, or nothing where the process has ended meanwhile."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
