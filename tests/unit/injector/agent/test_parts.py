# SPDX-License-Identifier: Apache-2.0
"""The agent's small parts, and where they must agree with what the webhook writes."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

import skm_common
import skm_injector
from skm_common import names
from skm_injector.agent import wait
from skm_injector.agent.files import MARKER, MARKER_LINE
from skm_injector.agent.sessions import life
from skm_injector.agent.settings import Settings
from skm_injector.backoff import Backoff
from skm_injector.journal import Journal
from skm_injector.memory_files import MemoryFile
from skm_injector.webhook.agent_container import COMMAND, DIRECTORY, HOOK, TOKEN_DIRECTORY

DEFAULTS = Settings("ca", "h:1", "h:2", "n", "a.b/c", "wipe")


def test_the_hook_waits_for_the_marker_that_the_agent_writes():
    assert f"{DIRECTORY}/{MARKER}" == wait.MARKER
    assert f"{names.MARKER_VARIABLE}='true'\n" == MARKER_LINE
    assert HOOK[-1] == f"/opt/skm/lib/{wait.__name__.replace('.', '/')}.py"
    assert HOOK[0] == COMMAND[0]


def test_the_agent_s_defaults_are_the_container_s_mounts():
    assert DEFAULTS.directory == DIRECTORY
    assert DEFAULTS.token == f"{TOKEN_DIRECTORY}/token"
    assert int(DEFAULTS.listen) == names.AGENT_PORT


def run_hook(*arguments):
    command = [sys.executable, "-I", "-S", wait.__file__, *arguments]
    begin = time.monotonic()
    code = subprocess.run(command, check=False).returncode
    return code, time.monotonic() - begin


def test_the_hook_returns_at_once_when_the_marker_is_there(tmp_path):
    (tmp_path / MARKER).write_text("")
    code, seconds = run_hook(str(tmp_path / MARKER))
    assert code == 0
    assert seconds < 2


def test_the_hook_gives_up_after_its_time_and_still_succeeds(tmp_path):
    assert not wait.wait(str(tmp_path / MARKER), 0.05)
    assert wait.LONGEST == 5.0


@pytest.mark.parametrize(
    ("remaining", "lives"),
    [(300.0, 300.0), (600.0, 600.0), (601.0, 600.0), (1.0, 2.0), (0.0, 600.0), (-5.0, 600.0)],
)
def test_a_clock_that_is_wrong_neither_hurries_nor_delays_the_renewal(remaining, lives):
    assert life(remaining) == lives


def test_pauses_double_to_the_longest_and_begin_again():
    backoff = Backoff(2.0, 10.0, lambda low, high: high)
    assert [backoff.next() for _ in range(5)] == [2.0, 4.0, 8.0, 10.0, 10.0]
    backoff.reset()
    assert backoff.next() == 2.0


def test_pauses_are_random_from_nothing():
    assert Backoff(2.0, 10.0, lambda low, high: low).next() == 0.0


def test_the_journal_writes_a_state_when_it_begins_and_again_after_it_settled():
    stream = io.StringIO()
    journal = Journal(stream)
    for _ in range(3):
        journal.state("orders/db", "undetermined", "away")
    journal.settled("orders/db")
    journal.state("orders/db", "undetermined", "away")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["undetermined", "undetermined"]


def test_the_journal_tells_each_change_of_a_state_and_forgets_who_is_gone():
    stream = io.StringIO()
    journal = Journal(stream)
    for reason in ("bridge_differs", "bridge_differs", "route_absent"):
        journal.state("pod/1", "pod_not_attested", reason)
    journal.forget(lambda subject: subject == "pod/1")
    journal.state("pod/1", "pod_not_attested", "route_absent")
    told = [json.loads(line)["reason"] for line in stream.getvalue().splitlines()]
    assert told == ["bridge_differs", "route_absent", "route_absent"]


def test_a_memory_file_stands_on_no_disk_and_is_gone_when_closed():
    with MemoryFile("x", b"content") as file:
        assert Path(file.path).read_bytes() == b"content"
        assert str(Path(file.path).readlink()).startswith("/memfd:")
    assert not Path(file.path).exists()


@pytest.mark.parametrize("program", ["agent", "webhook"])
def test_tells_its_version(program):
    command = [sys.executable, "-m", f"skm_injector.{program}", "--version"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert told == f"skm-{program} {skm_common.__version__}\n"


def test_the_agent_imports_the_standard_library_only():
    code = "import sys, skm_injector.agent.__main__; print(' '.join(sys.modules))"
    roots = (Path(package.__file__).parents[1] for package in (skm_common, skm_injector))
    told = subprocess.run(
        [sys.executable, "-S", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(map(str, roots))},
    )
    loaded = {name.partition(".")[0] for name in told.stdout.split()}
    assert loaded - set(sys.stdlib_module_names) == {"__main__", "skm_common", "skm_injector"}
