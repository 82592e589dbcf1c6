# SPDX-License-Identifier: Apache-2.0
"""Starting, recognising and ending the processes of a cluster.

A component is alive if its cgroup holds a process that runs its very program: no file with a
process id can go stale, and an id that was given to another process can't be ended by mistake.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .cgroups import Cgroups
from .errors import ComponentFailedError
from .shell import run

ENTER: Final = 'echo $$ > "$1" && shift && log="$1" && shift && exec "$@" > "$log" 2>&1'
POLL_SECONDS: Final = 0.05
END_SECONDS: Final = 20.0
LAST_LINES: Final = 50
LONGEST_REASON: Final = 400


@dataclass(frozen=True, slots=True)
class Component:
    """A long-running program of the cluster: what it is, and on which node it runs."""

    name: str
    node: int
    program: Path
    arguments: tuple[str, ...]
    log: Path


def is_alive(component: Component, cgroups: Cgroups) -> bool:
    """Tell whether the component's program runs in its cgroup, with the same arguments."""
    wanted = component.program.resolve(), component.arguments
    return any(
        (program_of(pid), arguments_of(pid)) == wanted for pid in cgroups.members(component.name)
    )


def start(component: Component, cgroups: Cgroups, entered: Iterable[str | Path]) -> None:
    """Start a component in its cgroup and a session of its own.

    `entered` is the command that enters its namespaces. Another process of the same program name
    in the cgroup, of an older build, is ended first.
    """
    end(_namesakes(component, cgroups), signal.SIGKILL)
    component.log.parent.mkdir(parents=True, exist_ok=True)
    run(
        "setsid", "--fork", "sh", "-c", ENTER, "sh",
        cgroups.leaf(component.name) / "cgroup.procs", component.log,
        *entered, component.program, *component.arguments,
        env={"PATH": f"{component.program.parent}:{os.environ['PATH']}"},
        cwd=component.log.parent,
    )  # fmt: skip
    wait_until(lambda: is_alive(component, cgroups), 5.0, lambda: failed(component))


def failed(component: Component) -> ComponentFailedError:
    """Return the error for a component that ended: its last words, or that the disk is full."""
    text = component.log.read_text(errors="replace") if component.log.exists() else ""
    lines = [line.strip() for line in text.splitlines()[-LAST_LINES:] if line.strip()]
    reason = lines[-1][:LONGEST_REASON] if lines else "it wrote nothing"
    if any("no space left on device" in line.lower() for line in lines):
        reason = "the disk is full, make room and run `up` again"
    return ComponentFailedError(f"{component.name} does not run: {reason} (see {component.log})")


def wait_until(
    true: Callable[[], bool], seconds: float, error: Callable[[], ComponentFailedError]
) -> None:
    """Poll until the condition holds; raises what `error` makes after so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise error()
        time.sleep(POLL_SECONDS)


def end(processes: Iterable[int], signum: signal.Signals) -> None:
    """Send a signal to processes, those that have ended in between left aside."""
    for pid in processes:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            continue


def end_all(cgroups: Cgroups) -> None:
    """Kill every process of the cluster and wait until the last one is gone."""

    def gone() -> bool:
        left = cgroups.everyone()
        end(left, signal.SIGKILL)
        return not left

    wait_until(gone, END_SECONDS, lambda: _undying(cgroups.everyone()))


def arguments_of(pid: int) -> tuple[str, ...]:
    """Return the arguments of a process, or none if it has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return ()
    return tuple(words[1:-1])


def program_of(pid: int) -> Path | None:
    """Return the program that a process runs, or nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/exe").readlink()
    except OSError:
        return None


def _namesakes(component: Component, cgroups: Cgroups) -> list[int]:
    members = {pid: program_of(pid) for pid in cgroups.members(component.name)}
    name = component.program.name
    return [pid for pid, path in members.items() if path and path.name.split(" ")[0] == name]


def _undying(pids: list[int]) -> ComponentFailedError:
    return ComponentFailedError(
        f"The processes {pids} did not end within {END_SECONDS:.0f} s of SIGKILL."
    )
