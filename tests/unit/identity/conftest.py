# SPDX-License-Identifier: Apache-2.0
"""The small cluster of the identity suites, followed by a running identity."""

from collections.abc import AsyncIterator

import pytest
from identity_doubles import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A world in which the honest pod may get its session."""
    made = World()
    async with made.running():
        yield made
