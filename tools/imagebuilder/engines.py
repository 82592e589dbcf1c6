# SPDX-License-Identifier: Apache-2.0
"""The programs that can build images, behind one small interface: buildah, docker and podman."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from localcluster.shell import attempt, run

from .errors import NoEngineError
from .layout import Image, Layout
from .tree import TIMESTAMP


@dataclass(frozen=True, slots=True)
class Order:
    """What one build is made of: a stage, its named contexts, its labels and the image's name.

    A context is a folder, or an image where the engine's `image_context` goes before its name.
    """

    containerfile: Path
    target: str
    base: str
    contexts: Mapping[str, str]
    labels: Mapping[str, str]
    reference: str

    def options(self) -> list[str]:
        """Return the options that every engine understands."""
        words = ["--file", str(self.containerfile), "--target", self.target]
        words += ["--build-arg", f"BASE={self.base}", "--tag", self.reference]
        for name, place in self.contexts.items():
            words += ["--build-context", f"{name}={place}"]
        for name, value in self.labels.items():
            words += ["--label", f"{name}={value}"]
        return [*words, str(self.containerfile.parent)]


class Engine(Protocol):
    """What the builder asks of an engine; every call raises `CommandFailed` where it can't."""

    @property
    def name(self) -> str:
        """The program's name."""

    @property
    def image_context(self) -> str | None:
        """What goes before an image's name to make it a context, where that saves time.

        buildah and podman hash every file of a stage at each build; docker's cache doesn't.
        """

    def label(self, reference: str, name: str) -> str | None:
        """Return a label of a local image, or nothing if there is no such image or label."""

    def has(self, reference: str) -> bool:
        """Say whether there is a local image of this name."""

    def take_in(self, root_file_system: Path, reference: str) -> None:
        """Make an image of one layer from the archive of a root file system."""

    def build(self, order: Order) -> None:
        """Build and name one image."""

    def save(self, references: Sequence[str], archive: Path) -> None:
        """Write images into one archive that containerd can import."""

    def push(self, reference: str, destination: str, *, plain_http: bool) -> None:
        """Push an image under another name, with the user's own credentials."""


@dataclass(frozen=True, slots=True)
class Buildah:
    """buildah with a storage of its own below the cache: no daemon, no container runtime."""

    command: tuple[str, ...]
    layout: Path
    name: str = "buildah"
    image_context: str | None = "container-image://"

    def label(self, reference: str, name: str) -> str | None:
        """Return a label of a local image, or nothing if there is no such image or label."""
        query = f'{{{{index .OCIv1.Config.Labels "{name}"}}}}'
        done = attempt(*self.command, "inspect", "--type", "image", "--format", query, reference)
        return done.stdout.strip() or None if done.returncode == 0 else None

    def has(self, reference: str) -> bool:
        """Say whether there is a local image of this name."""
        return attempt(*self.command, "inspect", "--type", "image", reference).returncode == 0

    def take_in(self, root_file_system: Path, reference: str) -> None:
        """Make an image of one layer from the archive of a root file system."""
        with TemporaryDirectory() as context:
            Path(context, "base.tar").hardlink_to(root_file_system)
            recipe = "FROM scratch\nADD base.tar /\n"
            options = ("--layers", "--timestamp", str(TIMESTAMP), "--tag", reference)
            run(*self.command, "build", "--quiet", *options, "--file", "-", context, stdin=recipe)

    def build(self, order: Order) -> None:
        """Build and name one image."""
        fixed = ("--isolation", "chroot", "--layers", "--timestamp", str(TIMESTAMP))
        run(*self.command, "build", "--quiet", *fixed, *order.options())

    def save(self, references: Sequence[str], archive: Path) -> None:
        """Write images into one OCI archive, in which they share their layers."""
        layout = Layout(self.layout)
        images = {reference: self._image(reference) for reference in references}
        for reference, image in images.items():
            layout.add(image, partial(self._export, reference))
        layout.write_archive(images, archive)

    def _image(self, reference: str) -> Image:
        document = json.loads(run(*self.command, "inspect", "--type", "image", reference))
        return Image(document["Manifest"].encode(), document["Config"].encode())

    def _export(self, reference: str, folder: Path) -> None:
        run(*self.command, "push", "--quiet", "--disable-compression", reference, f"dir:{folder}")

    def push(self, reference: str, destination: str, *, plain_http: bool) -> None:
        """Push an image under another name, with the user's own credentials."""
        verify = f"--tls-verify={'false' if plain_http else 'true'}"
        run(*self.command, "push", "--quiet", verify, reference, f"docker://{destination}")


@dataclass(frozen=True, slots=True)
class Docker:
    """docker, or podman, whose commands are the same but for a few options."""

    name: str = "docker"

    @property
    def image_context(self) -> str | None:
        """What goes before an image's name to make it a context, where that saves time."""
        return "container-image://" if self.name == "podman" else None

    def label(self, reference: str, name: str) -> str | None:
        """Return a label of a local image, or nothing if there is no such image or label."""
        query = f'{{{{index .Config.Labels "{name}"}}}}'
        done = attempt(self.name, "image", "inspect", "--format", query, reference)
        return done.stdout.strip() or None if done.returncode == 0 else None

    def has(self, reference: str) -> bool:
        """Say whether there is a local image of this name."""
        return attempt(self.name, "image", "inspect", reference).returncode == 0

    def take_in(self, root_file_system: Path, reference: str) -> None:
        """Make an image of one layer from the archive of a root file system."""
        run(self.name, "import", root_file_system, reference)

    def build(self, order: Order) -> None:
        """Build and name one image."""
        if self.name == "podman":
            fixed = ["--layers", "--timestamp", str(TIMESTAMP)]
        else:
            fixed = ["--build-arg", f"SOURCE_DATE_EPOCH={TIMESTAMP}"]
        run(self.name, "build", "--quiet", *fixed, *order.options(), env={"DOCKER_BUILDKIT": "1"})

    def save(self, references: Sequence[str], archive: Path) -> None:
        """Write images into one archive, in which they share their layers."""
        several = ("--multi-image-archive",) if self.name == "podman" else ()
        run(self.name, "save", *several, "--output", archive, *references)

    def push(self, reference: str, destination: str, *, plain_http: bool) -> None:
        """Push an image under another name, with the user's own credentials."""
        run(self.name, "tag", reference, destination)
        insecure = ("--tls-verify=false",) if plain_http and self.name == "podman" else ()
        run(self.name, "push", "--quiet", *insecure, destination)


def choose(wanted: str, cache: Path) -> Engine:
    """Return the wanted engine, or the first of docker, podman, buildah that works.

    Raises `NoEngineError`.
    """
    for name in ("docker", "podman", "buildah") if wanted == "auto" else (wanted,):
        if not shutil.which(name):
            continue
        if name != "buildah" and attempt(name, "info").returncode == 0:
            return Docker(name)
        if name == "buildah" and (engine := _buildah(cache)):
            return engine
    raise NoEngineError(
        f"No engine works here (asked for {wanted}): start docker or podman, or install buildah "
        "and run as root."
    )


def _buildah(cache: Path) -> Buildah | None:
    for driver in ("overlay", "vfs"):
        storage = cache / f"storage-{driver}"
        storage.mkdir(parents=True, exist_ok=True)
        where = ("--root", str(storage / "root"), "--runroot", str(storage / "run"))
        command = ("buildah", "--storage-driver", driver, *where)
        if attempt(*command, "images", "--quiet").returncode == 0:
            return Buildah(command, storage / "layout")
    return None
