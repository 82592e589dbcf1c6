# SPDX-License-Identifier: Apache-2.0
import pytest

from localcluster.errors import CommandFailedError
from localcluster.shell import attempt, run


def test_output_and_input_go_through() -> None:
    assert run("cat", stdin="x\n") == "x\n"
    assert run("sh", "-c", "echo $X", env={"X": "y"}) == "y\n"
    assert run("cat") == ""


def test_a_failure_is_told_with_the_last_line() -> None:
    with pytest.raises(CommandFailedError, match=r"`sh -c .*` ended with code 3: two"):
        run("sh", "-c", "echo one >&2; echo two >&2; exit 3")


def test_a_full_disk_is_told_even_if_more_was_said_after_it() -> None:
    with pytest.raises(CommandFailedError, match="No space left on device"):
        run("sh", "-c", "echo 'write x: No space left on device' >&2; echo bye >&2; exit 1")


def test_a_missing_program_is_told() -> None:
    with pytest.raises(CommandFailedError, match="no-such-program is not installed"):
        attempt("no-such-program")
