# SPDX-License-Identifier: Apache-2.0
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from localcluster.oci import Image, write_archive

IMAGE = Image("localhost/x:1", {"x": b"\x7fELF", "etc/y": b"z"}, ["/x"], architecture="amd64")


@pytest.fixture
def archive(tmp_path: Path) -> dict[str, bytes]:
    write_archive(IMAGE, tmp_path / "x.tar")
    return unpacked((tmp_path / "x.tar").read_bytes())


def unpacked(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        files = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        return {name: file.read() for name, file in files.items() if file}


def blob(archive: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    content = archive["blobs/" + descriptor["digest"].replace(":", "/")]
    assert len(content) == descriptor["size"]
    return content


def test_the_layout_and_the_name_are_those_of_the_specification(archive: dict[str, bytes]) -> None:
    assert json.loads(archive["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    [entry] = json.loads(archive["index.json"])["manifests"]
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == "localhost/x:1"


def test_every_blob_is_named_by_its_digest(archive: dict[str, bytes]) -> None:
    blobs = {name: content for name, content in archive.items() if name.startswith("blobs/")}
    assert len(blobs) == 3
    for name, content in blobs.items():
        assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"


def test_manifest_and_configuration_lead_to_the_files(archive: dict[str, bytes]) -> None:
    [entry] = json.loads(archive["index.json"])["manifests"]
    manifest = json.loads(blob(archive, entry))
    config = json.loads(blob(archive, manifest["config"]))
    [layer] = manifest["layers"]
    content = blob(archive, layer)
    assert config["rootfs"]["diff_ids"] == [layer["digest"]]
    assert config["config"] == {"Entrypoint": ["/x"], "User": "65535:65535"}
    assert unpacked(content) == IMAGE.files


def test_the_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_archive(IMAGE, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_no_half_written_archive_stays_under_the_name(tmp_path: Path) -> None:
    target = tmp_path / "x.tar"
    target.with_name(f"x.tar.{os.getpid()}.new").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_archive(IMAGE, target)
    assert not target.exists()
