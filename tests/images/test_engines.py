# SPDX-License-Identifier: Apache-2.0
"""What docker and podman are asked to do, seen by a stand-in program that writes its words down."""

from collections.abc import Callable
from pathlib import Path

import pytest

from imagebuilder.engines import Docker, Order, choose
from imagebuilder.errors import NoEngineError

PROGRAM = """#!/bin/sh
printf '%s\\n' "${{0##*/}} $*" >> "{log}"
case "$*" in {refused}) exit 1;; esac
"""
Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    folder = tmp_path / "bin"
    folder.mkdir()
    log = tmp_path / "log"
    log.touch()

    def make(name: str, refused: str = "nothing") -> Path:
        program = folder / name
        program.write_text(PROGRAM.format(log=log, refused=refused))
        program.chmod(0o755)
        return log

    monkeypatch.setenv("PATH", str(folder))
    return make


@pytest.fixture
def order(tmp_path: Path) -> Order:
    recipe = tmp_path / "images" / "Containerfile"
    return Order(recipe, "kms", "base:1", {"code": "/folder"}, {"a": "b"}, "localhost/skm-kms:1")


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_a_build_names_stage_base_contexts_and_labels(
    install: Install, order: Order, name: str
) -> None:
    log = install(name)
    Docker(name).build(order)
    said = log.read_text()
    assert said.startswith(f"{name} build --quiet ")
    for words in (
        f"--file {order.containerfile} --target kms --build-arg BASE=base:1",
        "--tag localhost/skm-kms:1 --build-context code=/folder --label a=b",
    ):
        assert words in said
    assert said.rstrip().endswith(str(order.containerfile.parent))


def test_docker_saves_and_pushes_under_the_registrys_name(install: Install, tmp_path: Path) -> None:
    log = install("docker")
    Docker().save(["a:1", "b:1"], tmp_path / "out")
    Docker().push("a:1", "registry.example/x/a:1", plain_http=False)
    assert log.read_text().splitlines() == [
        f"docker save --output {tmp_path / 'out'} a:1 b:1",
        "docker tag a:1 registry.example/x/a:1",
        "docker push --quiet registry.example/x/a:1",
    ]


def test_podman_saves_several_images_and_pushes_without_tls_where_told(
    install: Install, tmp_path: Path
) -> None:
    log = install("podman")
    Docker("podman").save(["a:1"], tmp_path / "out")
    Docker("podman").push("a:1", "host:5000/a:1", plain_http=True)
    assert log.read_text().splitlines() == [
        f"podman save --multi-image-archive --output {tmp_path / 'out'} a:1",
        "podman tag a:1 host:5000/a:1",
        "podman push --quiet --tls-verify=false host:5000/a:1",
    ]


def test_the_first_engine_that_works_is_chosen(install: Install, tmp_path: Path) -> None:
    install("docker", refused="info")
    install("podman")
    install("buildah")
    assert choose("auto", tmp_path).name == "podman"


def test_buildah_falls_back_to_vfs_where_overlay_does_not_mount(
    install: Install, tmp_path: Path
) -> None:
    log = install("buildah", refused="*overlay*")
    assert choose("auto", tmp_path).name == "buildah"
    assert "--storage-driver vfs" in log.read_text().splitlines()[-1]


def test_an_engine_that_does_not_work_is_told(install: Install, tmp_path: Path) -> None:
    install("docker", refused="info")
    with pytest.raises(NoEngineError, match="asked for docker"):
        choose("docker", tmp_path)
    with pytest.raises(NoEngineError, match="asked for auto"):
        choose("auto", tmp_path)
