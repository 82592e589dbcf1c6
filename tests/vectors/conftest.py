# SPDX-License-Identifier: Apache-2.0
"""Loads the committed vectors beside the tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], dict[str, Any]]:
    def load(name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.json").read_text())
        return loaded

    return load
