# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

from localcluster.images import own_image


def test_an_image_is_named_after_its_program_and_written_once(tmp_path: Path) -> None:
    program = tmp_path / "pause"
    program.write_bytes(b"one")
    first = own_image(program)
    written = first.archive.stat().st_mtime_ns
    assert own_image(program) == first
    assert first.archive.stat().st_mtime_ns == written
    assert first.name.startswith("localhost/localcluster/pause:")
