# SPDX-License-Identifier: Apache-2.0
import io

import pytest

from localcluster.steps import Steps


def test_a_step_prints_its_title_first_and_then_its_time() -> None:
    out, times = io.StringIO(), iter([0.0, 1.0, 3.5])
    steps = Steps(out, lambda: next(times))
    with steps.step("Build"):
        assert out.getvalue() == "  Build ... "
    assert out.getvalue() == "  Build ... 2.5 s\n"


def test_a_step_that_fails_ends_its_line() -> None:
    out = io.StringIO()
    with pytest.raises(KeyError), Steps(out).step("Build"):
        raise KeyError
    assert out.getvalue() == "  Build ... stopped\n"
