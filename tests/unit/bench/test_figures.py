# SPDX-License-Identifier: Apache-2.0
"""Figures beside their bounds, and the table that a person reads."""

import json

import pytest

from bench.figures import Bound, Figure, table

SLOW = Figure("pod Ready", 1.234, "s", Bound("at most", 0.9), "p50 of 20 pairs")
FAST = Figure("encrypt", 0.51, "R", Bound("at least", 0.4))
BARE = Figure("requests", 12345.6, "")


@pytest.mark.parametrize(
    ("bound", "measured", "holds"),
    [
        (Bound("at most", 26), 26.0, True),
        (Bound("at most", 26), 26.01, False),
        (Bound("at least", 0.4), 0.4, True),
        (Bound("at least", 0.4), 0.39, False),
    ],
)
def test_the_limit_itself_lies_within(bound: Bound, measured: float, holds: bool) -> None:
    assert bound.holds(measured) is holds


def test_a_figure_outside_its_bound_is_marked_and_others_are_not() -> None:
    head, slow, fast, bare = table([SLOW, FAST, BARE]).splitlines()
    assert head.split() == ["figure", "measured", "bound", "how"]
    assert slow.split()[:7] == ["pod", "Ready", "1.23", "s", "≤", "0.9", "!"]
    assert fast.split() == ["encrypt", "0.51", "R", "≥", "0.4"]
    assert bare.split() == ["requests", "12346"]


def test_columns_stand_under_each_other() -> None:
    head, *rows = table([SLOW, FAST]).splitlines()
    assert [row[head.index("bound")] for row in rows] == ["≤", "≥"]


def test_a_figure_is_a_json_object() -> None:
    assert json.loads(json.dumps(SLOW.document())) == {
        "name": "pod Ready",
        "value": 1.234,
        "unit": "s",
        "bound": {"at most": 0.9},
        "within": False,
        "how": "p50 of 20 pairs",
    }
    assert (BARE.document()["bound"], BARE.within) == (None, None)
