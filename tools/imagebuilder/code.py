# SPDX-License-Identifier: Apache-2.0
"""Our own files as a layer: packages of the source roots, compiled, without tests and caches."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from .catalog import CodeLayer
from .errors import BadTargetError
from .tree import compile_modules, digest, kept


def assemble(layer: CodeLayer, checkout: Path, cache: Path) -> Path:
    """Return a folder that holds the layer's files as they stand now; raises `BadTargetError`."""
    files = dict(_files(layer, checkout))
    name = digest(part for place in sorted(files) for part in _content(place, files[place]))

    def make(folder: Path) -> None:
        for place, source in files.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / place)
        compile_modules(folder / "lib", "/opt/skm/lib")

    return kept(cache / "code" / f"{layer.name}-{name}", make)


def _content(place: str, source: Path) -> tuple[bytes, bytes, bytes]:
    return place.encode(), oct(source.stat().st_mode & 0o100).encode(), source.read_bytes()


def _files(layer: CodeLayer, checkout: Path) -> Iterator[tuple[str, Path]]:
    for pattern, place in layer.sources:
        found = sorted(checkout.glob(pattern))
        if not found:
            raise BadTargetError(f"The files {pattern} of {layer.name} are missing.")
        for path in found:
            yield from _below(path, place)


def _below(path: Path, place: str) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        yield f"{place}/{path.name}", path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield f"{place}/{file.relative_to(path)}", file
