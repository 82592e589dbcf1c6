# SPDX-License-Identifier: Apache-2.0
from collections.abc import Sequence
from pathlib import Path

import pytest

from imagebuilder import deliver
from imagebuilder.build import Built
from imagebuilder.engines import Order
from localcluster.errors import CommandFailedError

IMAGES = [Built("kms", "localhost/skm-kms:1", "0", made=False)]


class Recorder:
    """An engine that writes the names of what it saves, and remembers what it pushes."""

    name = "recorder"
    image_context = None

    def __init__(self) -> None:
        self.pushed: list[tuple[str, str, bool]] = []

    def label(self, reference: str, name: str) -> str | None:
        return None

    def has(self, reference: str) -> bool:
        return False

    def take_in(self, root_file_system: Path, reference: str) -> None:
        raise NotImplementedError

    def build(self, order: Order) -> None:
        raise NotImplementedError

    def save(self, references: Sequence[str], archive: Path) -> None:
        archive.write_text("\n".join(references))

    def push(self, reference: str, destination: str, *, plain_http: bool) -> None:
        self.pushed.append((reference, destination, plain_http))


def test_kind_gets_one_archive_of_all_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "kind"
    program.write_text(f'#!/bin/sh\necho "$*" > {tmp_path}/said; cp "$3" {tmp_path}/archive\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    deliver.load_kind(Recorder(), IMAGES, "dev", tmp_path)
    words = (tmp_path / "said").read_text().split()
    assert (words[:2], words[3:]) == (["load", "image-archive"], ["--name", "dev"])
    assert (tmp_path / "archive").read_text() == "localhost/skm-kms:1"
    assert not Path(words[2]).exists()


def test_a_local_cluster_that_does_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="no-such"):
        deliver.load_localcluster(Recorder(), IMAGES, "no-such", tmp_path)


@pytest.mark.parametrize("registry", ["registry.example:5000/team", "registry.example:5000/team/"])
def test_a_registry_gets_each_image_under_its_own_name(registry: str) -> None:
    engine = Recorder()
    name = "registry.example:5000/team/skm-kms:1"
    assert deliver.push(engine, IMAGES, registry, plain_http=True) == [name]
    assert engine.pushed == [("localhost/skm-kms:1", name, True)]
