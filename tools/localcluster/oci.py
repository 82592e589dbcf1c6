# SPDX-License-Identifier: Apache-2.0
"""A minimal OCI image archive of a few files, written without a container engine.

OCI Image Specification 1.1: a tar with oci-layout, index.json and blobs/sha256/. The same files
give the same bytes: no times, no owners, no names of this machine.
"""

import hashlib
import io
import json
import os
import platform
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MEDIA: Final = "application/vnd.oci.image"
ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Image:
    """An image of one layer: its name, the files in it, and how it starts."""

    name: str
    files: Mapping[str, bytes]
    entrypoint: Sequence[str]
    user: str = "65535:65535"
    architecture: str = ARCHITECTURES.get(platform.machine(), platform.machine())


def write_archive(image: Image, path: Path) -> None:
    """Write the image to a file that `ctr images import` and its like can read."""
    layer = _tar({name: (content, 0o755) for name, content in image.files.items()})
    blobs: dict[str, bytes] = {}
    config = {
        "architecture": image.architecture,
        "os": "linux",
        "config": {"Entrypoint": list(image.entrypoint), "User": image.user},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{MEDIA}.manifest.v1+json",
        "config": _add(blobs, "config.v1+json", _json(config)),
        "layers": [_add(blobs, "layer.v1.tar", layer)],
    }
    entry = _add(blobs, "manifest.v1+json", _json(manifest))
    annotations = {
        "io.containerd.image.name": image.name,
        "org.opencontainers.image.ref.name": image.name,
    }
    index = {
        "schemaVersion": 2,
        "mediaType": f"{MEDIA}.index.v1+json",
        "manifests": [{**entry, "annotations": annotations}],
    }
    files = {
        "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
        "index.json": _json(index),
        **{f"blobs/sha256/{digest}": content for digest, content in blobs.items()},
    }
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_bytes(_tar({name: (content, 0o644) for name, content in files.items()}))
    fresh.replace(path)


def _add(blobs: dict[str, bytes], kind: str, content: bytes) -> dict[str, Any]:
    digest = _digest(content)
    blobs[digest.removeprefix("sha256:")] = content
    return {"mediaType": f"{MEDIA}.{kind}", "digest": digest, "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _tar(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            content, mode = files[name]
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
