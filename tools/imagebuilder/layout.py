# SPDX-License-Identifier: Apache-2.0
"""Images as content-addressed files, kept between builds: a layer is exported once, uncompressed.

The archive that is written from them is an OCI image layout (specification 1.1): index.json names
manifests, which name blobs by digest. Compressing would take longer than all the rest together,
and would gain nothing on the same machine.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

_NAMES: Final = ("org.opencontainers.image.ref.name", "io.containerd.image.name")


@dataclass(frozen=True, slots=True)
class Image:
    """An image's manifest and configuration, byte by byte as their digests name them."""

    manifest: bytes
    config: bytes

    @property
    def blobs(self) -> tuple[str, ...]:
        """The digests (hex) of its layers and its configuration."""
        document = json.loads(self.manifest)
        return tuple(_hex(one["digest"]) for one in (*document["layers"], document["config"]))


class Layout:
    """A folder of blobs, each under its SHA-256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, image: Image, export: Callable[[Path], None]) -> None:
        """Have all blobs of an image; `export` fills a folder with them, where one is missing."""
        self._put(image.manifest)
        self._put(image.config)
        if all((self._folder / blob).exists() for blob in image.blobs):
            return
        with TemporaryDirectory(dir=self._folder.parent) as folder:
            export(Path(folder))
            for blob in image.blobs:
                if not (self._folder / blob).exists():
                    Path(folder, blob).rename(self._folder / blob)

    def write_archive(self, images: Mapping[str, Image], archive: Path) -> None:
        """Write images by name into one archive, each shared blob once."""
        entries = [_entry(name, image) for name, image in images.items()]
        blobs = {_digest(image.manifest) for image in images.values()}
        blobs |= {blob for image in images.values() for blob in image.blobs}
        with tarfile.open(archive, "w") as file:
            _add(file, "oci-layout", {"imageLayoutVersion": "1.0.0"})
            _add(file, "index.json", {"schemaVersion": 2, "manifests": entries})
            for blob in sorted(blobs):
                file.add(self._folder / blob, f"blobs/sha256/{blob}")

    def prune(self, images: Mapping[str, Image]) -> None:
        """Remove the blobs that none of these images needs."""
        needed = {blob for image in images.values() for blob in image.blobs}
        needed |= {_digest(image.manifest) for image in images.values()}
        for path in self._folder.iterdir():
            if path.name not in needed:
                path.unlink()

    def _put(self, content: bytes) -> None:
        (self._folder / _digest(content)).write_bytes(content)


def _entry(name: str, image: Image) -> dict[str, Any]:
    return {
        "mediaType": json.loads(image.manifest)["mediaType"],
        "digest": f"sha256:{_digest(image.manifest)}",
        "size": len(image.manifest),
        "annotations": dict.fromkeys(_NAMES, name),
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


def _add(file: tarfile.TarFile, name: str, document: dict[str, Any]) -> None:
    content = json.dumps(document).encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    file.addfile(entry, io.BytesIO(content))
