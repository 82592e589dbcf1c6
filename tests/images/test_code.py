# SPDX-License-Identifier: Apache-2.0
import marshal
import os
from pathlib import Path

import pytest

from imagebuilder.catalog import CodeLayer
from imagebuilder.code import assemble
from imagebuilder.errors import BadTargetError
from imagebuilder.tree import TIMESTAMP

LAYER = CodeLayer("code-x", (("root/package", "lib/package"), ("root/*.py", "lib")))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    package = tmp_path / "checkout" / "root" / "package"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__init__.py").write_text("NAME = 'package'\n")
    (package / "data.json").write_text("{}")
    (package / "__pycache__" / "old.cpython-311.pyc").write_bytes(b"old")
    (package.parent / "single.py").write_text("")
    (package.parent / "notes.txt").write_text("not copied")
    return tmp_path / "checkout"


def test_a_layer_has_its_files_compiled_and_nothing_else(checkout: Path, tmp_path: Path) -> None:
    folder = assemble(LAYER, checkout, tmp_path / "cache")
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "lib/package/__init__.py",
        "lib/package/data.json",
        "lib/package/__pycache__/__init__.cpython-311.pyc",
        "lib/single.py",
        "lib/__pycache__/single.cpython-311.pyc",
    }


def test_a_compiled_file_is_never_checked_and_names_its_place_in_the_image(
    checkout: Path, tmp_path: Path
) -> None:
    folder = assemble(LAYER, checkout, tmp_path / "cache")
    content = (folder / "lib/package/__pycache__/__init__.cpython-311.pyc").read_bytes()
    assert int.from_bytes(content[4:8], "little") == 0b01
    assert marshal.loads(content[16:]).co_filename == "/opt/skm/lib/package/__init__.py"


def test_all_files_have_one_time_and_plain_modes(checkout: Path, tmp_path: Path) -> None:
    (checkout / "root/package/data.json").chmod(0o4666)
    (checkout / "root/single.py").chmod(0o700)
    folder = assemble(LAYER, checkout, tmp_path / "cache")
    paths = [folder, *folder.rglob("*")]
    assert {path.stat().st_mtime for path in paths} == {TIMESTAMP}
    assert {oct(path.stat().st_mode & 0o7777) for path in paths if path.is_dir()} == {"0o755"}
    assert (folder / "lib/package/data.json").stat().st_mode & 0o7777 == 0o644
    assert (folder / "lib/single.py").stat().st_mode & 0o7777 == 0o755


def test_the_same_files_are_the_same_folder_whenever_they_were_written(
    checkout: Path, tmp_path: Path
) -> None:
    first = assemble(LAYER, checkout, tmp_path / "cache")
    os.utime(checkout / "root/single.py", (1, 1))
    assert assemble(LAYER, checkout, tmp_path / "cache") == first


@pytest.mark.parametrize(
    ("name", "text"), [("single.py", "X = 1\n"), ("package/added.py", ""), ("added.py", "")]
)
def test_a_changed_or_added_file_is_another_folder(
    checkout: Path, tmp_path: Path, name: str, text: str
) -> None:
    first = assemble(LAYER, checkout, tmp_path / "cache")
    (checkout / "root" / name).write_text(text)
    assert assemble(LAYER, checkout, tmp_path / "cache") != first


def test_a_file_made_runnable_is_another_folder(checkout: Path, tmp_path: Path) -> None:
    first = assemble(LAYER, checkout, tmp_path / "cache")
    (checkout / "root/single.py").chmod(0o755)
    assert assemble(LAYER, checkout, tmp_path / "cache") != first


def test_a_missing_source_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadTargetError, match="root/package of code-x"):
        assemble(LAYER, tmp_path, tmp_path / "cache")
