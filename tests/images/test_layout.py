# SPDX-License-Identifier: Apache-2.0
import hashlib
import json
import tarfile
from pathlib import Path

from imagebuilder.layout import Image, Layout


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def image(*layers: bytes, config: bytes) -> Image:
    manifest = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"digest": f"sha256:{digest(config)}"},
        "layers": [{"digest": f"sha256:{digest(layer)}"} for layer in layers],
    }
    return Image(json.dumps(manifest).encode(), config)


class Exporter:
    """Writes all blobs of an image, as an engine does, and counts how often."""

    def __init__(self, *blobs: bytes) -> None:
        self.blobs = blobs
        self.calls = 0

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        for blob in self.blobs:
            (folder / digest(blob)).write_bytes(blob)


def test_an_image_whose_layers_are_there_is_not_exported_again(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    exporter = Exporter(b"base", b"code", b"config one")
    layout.add(image(b"base", b"code", config=b"config one"), exporter)
    layout.add(image(b"base", b"code", config=b"config two"), exporter)
    assert exporter.calls == 1


def test_an_archive_holds_each_shared_blob_once(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    one, two = image(b"base", b"a", config=b"1"), image(b"base", b"b", config=b"2")
    layout.add(one, Exporter(b"base", b"a", b"1"))
    layout.add(two, Exporter(b"base", b"b", b"2"))
    layout.add(image(b"other", config=b"3"), Exporter(b"other", b"3"))
    layout.write_archive({"localhost/one:1": one, "localhost/two:1": two}, tmp_path / "archive")
    with tarfile.open(tmp_path / "archive") as file:
        names = file.getnames()
        index = json.load(file.extractfile("index.json") or ())
    blobs = {b"base", b"a", b"b", b"1", b"2", one.manifest, two.manifest}
    assert sorted(names) == sorted(
        ["oci-layout", "index.json", *(f"blobs/sha256/{digest(blob)}" for blob in blobs)]
    )
    assert [entry["digest"] for entry in index["manifests"]] == [
        f"sha256:{digest(one.manifest)}",
        f"sha256:{digest(two.manifest)}",
    ]
    annotations = index["manifests"][1]["annotations"]
    assert annotations["io.containerd.image.name"] == "localhost/two:1"
