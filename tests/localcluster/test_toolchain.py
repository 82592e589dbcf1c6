# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from localcluster.toolchain import PIN, installed, pinned_version


def fake_go(folder: Path, version: str) -> Path:
    go = folder / f"go-{version}"
    go.write_text(f"#!/bin/sh\necho go version go{version} linux/amd64\n")
    go.chmod(0o755)
    return go


@pytest.mark.parametrize(
    ("version", "enough"),
    [("1.26.6", True), ("1.27.0", True), ("2.0", True), ("1.26.5", False), ("1.9", False)],
)
def test_an_old_toolchain_is_not_used(tmp_path: Path, version: str, enough: bool) -> None:
    found = installed((1, 26, 6), [fake_go(tmp_path, version)])
    assert (found is not None) is enough


def test_the_first_that_is_new_enough_is_used(tmp_path: Path) -> None:
    candidates = [tmp_path / "missing", fake_go(tmp_path, "1.2"), fake_go(tmp_path, "1.27.1")]
    found = installed((1, 26), candidates)
    assert found is not None
    assert (found.go, found.version) == (candidates[2], "go version go1.27.1 linux/amd64")


def test_the_pinned_wheel_has_hashes() -> None:
    assert pinned_version()
    assert PIN.read_text().count("--hash=sha256:") == 2
