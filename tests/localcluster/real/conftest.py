# SPDX-License-Identifier: Apache-2.0
"""The cluster lctest, and the image that its pods run."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lctest_driver import Driver

from localcluster import Settings, Steps
from localcluster.build import build
from localcluster.images import own_image
from localcluster.modules import Module
from localcluster.toolchain import candidates, installed


@pytest.fixture(scope="session")
def lctest() -> Iterator[Driver]:
    driver = Driver()
    driver.call("down")
    yield driver
    driver.call("down")


@pytest.fixture(scope="session")
def probe_image() -> tuple[str, Path]:
    """The name and the archive of the image that the pods run, built from ./probe."""
    cache = Settings().cache
    module = Module(Path(__file__).parent / "probe", {"probe": "."}, None)
    toolchain = installed(module.go, candidates(cache))
    assert toolchain
    image = own_image(build(module, toolchain, cache, Steps(sys.stdout)) / "probe")
    return image.name, image.archive
