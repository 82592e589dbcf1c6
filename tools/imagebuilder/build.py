# SPDX-License-Identifier: Apache-2.0
"""Builds the images that have changed: their inputs' digest stands in a label of each image."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from . import base, code, packages
from .catalog import CODE_LAYERS, PACKAGE_LAYERS, Target
from .engines import Engine, Order
from .errors import NoEngineError
from .settings import Settings
from .tree import digest

INPUTS: Final = "dev.skm.inputs"


@dataclass(frozen=True, slots=True)
class Built:
    """One image as it stands now; `made` is false where nothing had changed."""

    target: str
    reference: str
    inputs: str
    made: bool


def build(
    settings: Settings, engine: Engine, targets: Sequence[Target], tell: Callable[[str], None]
) -> list[Built]:
    """Build what has changed of these targets, and return all of them in order."""
    root = _base(settings, engine, tell)
    contexts = _contexts(settings, targets)
    images = []
    for target in targets:
        image, order = _plan(settings, target, root, contexts)
        if engine.label(image.reference, INPUTS) != image.inputs:
            tell(f"{target.name}: building {image.reference}")
            engine.build(order)
            image = replace(image, made=True)
        images.append(image)
    return images


def reference(settings: Settings, target: Target) -> str:
    """Return the full name under which an image is kept on this machine."""
    return f"{settings.registry}/{target.image}:{settings.tag}"


def _base(settings: Settings, engine: Engine, tell: Callable[[str], None]) -> str:
    if settings.base:
        return settings.base
    if not base.can_be_made():
        if engine.name == "buildah":
            raise NoEngineError(
                "Install mmdebstrap, which makes the base, or choose one by --base."
            )
        return base.FALLBACK
    images = settings.containerfile.parent
    name = f"localhost/skm-base:{base.recipe(images)}"
    if not engine.has(name):
        tell("base: making a minimal Debian with Python (about a minute, once)")
        engine.take_in(base.root_file_system(images, settings.cache), name)
    return name


def _contexts(settings: Settings, targets: Sequence[Target]) -> dict[str, Path]:
    needed = {name for target in targets for name in (*target.packages, target.code)}
    sets = packages.read_sets(settings.checkout / "requirements")
    contexts = {}
    for layer in PACKAGE_LAYERS:
        if layer.name in needed:
            contexts[layer.name] = packages.install(packages.select(layer, sets), settings.cache)
    for source in CODE_LAYERS:
        if source.name in needed:
            contexts[source.name] = code.assemble(source, settings.checkout, settings.cache)
    return contexts


def _plan(
    settings: Settings, target: Target, root: str, contexts: Mapping[str, Path]
) -> tuple[Built, Order]:
    used = {name: contexts[name] for name in (*target.packages, target.code)}
    inputs = digest(_inputs(settings, target, root, used))
    name = reference(settings, target)
    labels = {
        INPUTS: inputs,
        "org.opencontainers.image.title": target.image,
        "org.opencontainers.image.version": settings.tag,
        "org.opencontainers.image.licenses": "Apache-2.0",
    }
    order = Order(settings.containerfile, target.name, root, used, labels, name)
    return Built(target.name, name, inputs, made=False), order


def _inputs(
    settings: Settings, target: Target, root: str, used: dict[str, Path]
) -> Iterator[bytes]:
    yield from (target.name.encode(), settings.tag.encode(), root.encode())
    yield settings.containerfile.read_bytes()
    yield from (f"{name}={folder.name}".encode() for name, folder in used.items())
