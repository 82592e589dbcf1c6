# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of a process, read from files of its form and from this very process."""

import os
from pathlib import Path

from bench.memory import Usage, pids_of, read_usage, usage_of

STATUS = "Name:\tpython3\nVmPeak:\t  40960 kB\nVmRSS:\t   26624 kB\nRssAnon:\t   14336 kB\n"
ROLLUP = "55d0-7ffe ---p 00000000 00:00 0    [rollup]\nRss:    26624 kB\nPss:    16384 kB\n"
ID = "4d968f1ac03815007e4a192781f11379"


def process(proc: Path, number: int, container: str, status: str = STATUS) -> None:
    folder = proc / str(number)
    folder.mkdir()
    (folder / "status").write_text(status)
    (folder / "smaps_rollup").write_text(ROLLUP)
    (folder / "cgroup").write_text(f"0::/kubepods/burstable/podx/{container}\n")


def test_kilobytes_become_mebibytes() -> None:
    assert read_usage(STATUS, ROLLUP) == Usage(resident=26, proportional=16, private=14)


def test_the_processes_of_a_container_are_summed(tmp_path: Path) -> None:
    process(tmp_path, 7, ID)
    process(tmp_path, 8, ID)
    process(tmp_path, 9, "another")
    (tmp_path / "self").mkdir()
    assert sorted(pids_of(ID, tmp_path)) == [7, 8]
    assert usage_of([7, 8], tmp_path) == Usage(52, 32, 28)


def test_a_process_that_has_ended_counts_nothing(tmp_path: Path) -> None:
    process(tmp_path, 7, ID)
    process(tmp_path, 8, ID, status="Name:\tpython3\nState:\tZ (zombie)\n")
    assert usage_of([7, 8, 9], tmp_path) == Usage(26, 16, 14)
    assert usage_of([8, 9], tmp_path) is None


def test_this_process_is_measured_by_the_kernel() -> None:
    usage = usage_of([os.getpid()])
    assert usage is not None
    assert 5 < usage.private <= usage.resident < 2000
    assert 5 < usage.proportional <= usage.resident
