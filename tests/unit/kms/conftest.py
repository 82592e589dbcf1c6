# SPDX-License-Identifier: Apache-2.0
"""The world of the KMS's unit suites."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kms_world import KmsWorld


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[KmsWorld]:
    """A running core with its cluster."""
    made = KmsWorld(tmp_path)
    async with made.running():
        yield made
