# SPDX-License-Identifier: Apache-2.0
"""The stage of the rogues, on the cluster of the session."""

from collections.abc import Iterator

import pytest
from cluster_harness import cluster_with_chart

from demo import orders
from demo.access import Access
from demo.rogues import set_the_stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Access]:
    with cluster_with_chart() as access:
        orders.apply(access)
        orders.wait_for_words(access)
        set_the_stage(access)
        yield access
