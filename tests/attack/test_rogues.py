# SPDX-License-Identifier: Apache-2.0
"""Attackers on a real cluster: all other checks pass, and the one that is named refuses.

The scenarios are those of `make rogues`; each raises UnsoundError where a rogue is served.
"""

import pytest

from demo import orders
from demo.rogues import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.title)
def test_rogue_is_refused_and_told_by_which_check(stage, scenario):
    assert scenario.run(stage)


def test_the_honest_pod_is_served_all_along(stage):
    assert orders.wait_for_words(stage, 30)
