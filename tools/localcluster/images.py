# SPDX-License-Identifier: Apache-2.0
"""The two images that a cluster needs to be one, and the loading of any image into its nodes."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import BadSettingError
from .node import Node
from .oci import Image, write_archive
from .shell import run


@dataclass(frozen=True, slots=True)
class OwnImage:
    """An image made of one of the cluster's own programs."""

    name: str
    archive: Path


def own_image(program: Path) -> OwnImage:
    """Return the image of a program, named after the program's digest; written if missing.

    The archive stands beside the program in the cache.
    """
    content = program.read_bytes()
    tag = hashlib.sha256(content).hexdigest()[:12]
    image = OwnImage(f"localhost/localcluster/{program.name}:{tag}", program.with_suffix(".tar"))
    if not image.archive.exists():
        files, entrypoint = {program.name: content}, [f"/{program.name}"]
        write_archive(Image(image.name, files, entrypoint), image.archive)
    return image


def load(node: Node, ctr: Path, archives: Iterable[Path]) -> None:
    """Import image archives (OCI, or of `docker save`) into a node's containerd."""
    for archive in archives:
        if not archive.is_file():
            raise BadSettingError(f"There is no image archive {archive}.")
        run(*_ctr(node, ctr), "images", "import", archive.absolute())


def load_missing(node: Node, ctr: Path, images: Iterable[OwnImage]) -> None:
    """Import those of the images that the node has not."""
    there = run(*_ctr(node, ctr), "images", "ls", "-q").split()
    load(node, ctr, [image.archive for image in images if image.name not in there])


def _ctr(node: Node, ctr: Path) -> list[str | Path]:
    return [ctr, "--address", node.endpoint, "--namespace", "k8s.io"]
