# SPDX-License-Identifier: Apache-2.0
"""Times against the standard library's own arithmetic."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skm_injector.agent.timestamp import seconds


@given(st.integers(0, 253402300799))
def test_any_second_until_the_year_9999(moment):
    assert seconds(datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-24",
        "2026-11-24T23:00:00",
        "2026-11-24T23:00:00+01:00",
        "2026-11-24T23:00:00.5Z",
        "2026-13-24T23:00:00Z",
        "2026-00-24T23:00:00Z",
        "2026-11-32T23:00:00Z",
        " 2026-11-24T23:00:00Z",
        "2026-11-24T23:00:00Z\n",
    ],
)
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match="no "):
        seconds(text)
