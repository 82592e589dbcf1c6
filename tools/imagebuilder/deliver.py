# SPDX-License-Identifier: Apache-2.0
"""Brings built images to where pods run: localcluster, kind, or a registry."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from localcluster.shell import run

from .build import Built
from .engines import Engine


def load_localcluster(engine: Engine, images: Sequence[Built], cluster: str, cache: Path) -> None:
    """Import the images into every node of a local cluster."""
    with TemporaryDirectory(dir=cache) as folder:
        archive = Path(folder, "images.tar")
        engine.save([image.reference for image in images], archive)
        run(sys.executable, "-m", "localcluster", "load", "--name", cluster, archive)


def load_kind(engine: Engine, images: Sequence[Built], cluster: str, cache: Path) -> None:
    """Import the images into every node of a kind cluster."""
    with TemporaryDirectory(dir=cache) as folder:
        archive = Path(folder, "images.tar")
        engine.save([image.reference for image in images], archive)
        run("kind", "load", "image-archive", archive, "--name", cluster)


def push(engine: Engine, images: Sequence[Built], registry: str, *, plain_http: bool) -> list[str]:
    """Push the images below `registry` (HOST[:PORT]/PATH) and return their names there."""
    names = []
    for image in images:
        name = f"{registry.rstrip('/')}/{image.reference.rsplit('/', 1)[1]}"
        engine.push(image.reference, name, plain_http=plain_http)
        names.append(name)
    return names
