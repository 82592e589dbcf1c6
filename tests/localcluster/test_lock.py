# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from localcluster.errors import BusyError
from localcluster.lock import exclusive


def test_a_second_holder_is_told_so_and_a_later_one_is_not(tmp_path: Path) -> None:
    lock = tmp_path / "folder/lock"
    with exclusive(lock, "busy"), pytest.raises(BusyError, match="busy"), exclusive(lock, "busy"):
        pytest.fail("two held the lock")
    with exclusive(lock, "busy"):
        assert lock.exists()


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path / "lock", "busy"):
        raise ZeroDivisionError
    with exclusive(tmp_path / "lock", "busy"):
        assert (tmp_path / "lock").exists()
