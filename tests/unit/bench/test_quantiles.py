# SPDX-License-Identifier: Apache-2.0
"""Medians, spreads and the order of pairs."""

import pytest

from bench.quantiles import Spread, alternating, differences, spread


def test_one_outlier_moves_no_median() -> None:
    assert spread([1.0, 2.0, 3.0, 4.0, 1000.0]) == Spread(3.0, 2.0, 4.0)


def test_an_even_number_has_its_middle_between_two() -> None:
    assert spread([1.0, 2.0, 3.0, 4.0]).middle == 2.5


def test_a_single_number_is_its_own_spread() -> None:
    assert spread([7.0]) == Spread(7.0, 7.0, 7.0)


def test_nothing_has_no_spread() -> None:
    with pytest.raises(ValueError, match="no numbers"):
        spread([])


def test_a_difference_belongs_to_its_pair() -> None:
    assert differences([(1.0, 1.5), (3.0, 2.0)]) == [0.5, -1.0]


def test_the_order_within_pairs_alternates() -> None:
    assert [alternating(number) for number in range(3)] == [
        (False, True),
        (True, False),
        (False, True),
    ]
