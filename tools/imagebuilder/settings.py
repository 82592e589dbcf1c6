# SPDX-License-Identifier: Apache-2.0
"""The typed settings of a build, and the paths that follow from them."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from localcluster.settings import default_cache
from skm_common import __version__


@dataclass(frozen=True, slots=True)
class Settings:
    """How and from where images are built."""

    checkout: Path = Path(__file__).resolve().parents[2]
    """The project's folder, whose files the images get."""

    cache: Path = field(default_factory=lambda: default_cache(os.environ) / "images")
    """Folder of the base, installed packages and the engine's storage; safe to delete at any time.
    Outside the checkout, so that a fresh clone builds in seconds."""

    base: str | None = None
    """The base image; absent = a minimal Debian made once by mmdebstrap, or, where that program is
    missing, `python:3.11-slim-bookworm`. It needs Python 3.11, glibc and `find`."""

    engine: str = "auto"
    """`buildah`, `docker`, `podman`, or `auto`: the first of docker, podman, buildah that works."""

    registry: str = "localhost"
    """What stands before the images' names; `localhost` never asks a registry."""

    tag: str = __version__
    """The images' tag: the one version of wheel, chart and images."""

    @property
    def containerfile(self) -> Path:
        """The one recipe of all images."""
        return self.checkout / "images" / "Containerfile"
