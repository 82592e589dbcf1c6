# SPDX-License-Identifier: Apache-2.0
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localcluster.errors import ComponentFailedError
from localcluster.processes import (
    Component,
    arguments_of,
    end,
    failed,
    program_of,
    wait_until,
)


def component(log: Path) -> Component:
    return Component("etcd", 0, Path("/bin/etcd"), (), log)


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("", "it wrote nothing"),
        ("one\ntwo\n\n", "etcd does not run: two (see "),
        ("x" * 401, "x" * 400 + " (see"),
        ("panic: write wal: No space left on device\ntrace", "the disk is full, make room"),
    ],
)
def test_a_component_that_ended_is_told_by_its_last_words(
    tmp_path: Path, log: str, told: str
) -> None:
    path = tmp_path / "etcd.log"
    path.write_text(log)
    assert told in str(failed(component(path)))


def test_a_component_without_a_log_is_told_too(tmp_path: Path) -> None:
    assert "it wrote nothing" in str(failed(component(tmp_path / "absent")))


def test_a_process_is_known_by_program_and_arguments() -> None:
    assert program_of(os.getpid()) == Path(sys.executable).resolve()
    assert arguments_of(os.getpid())[-1] == sys.argv[-1]


def test_a_process_that_ended_is_nobody() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert program_of(process.pid) is None
    assert arguments_of(process.pid) == ()
    end([process.pid], signal.SIGKILL)


def test_a_condition_that_never_holds_ends_in_its_error() -> None:
    with pytest.raises(ComponentFailedError, match="late"):
        wait_until(lambda: False, 0.0, lambda: ComponentFailedError("late"))
