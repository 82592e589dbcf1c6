# SPDX-License-Identifier: Apache-2.0
"""Builds the images that have changed: their inputs' digest stands in a label of each image."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from . import base, code, packages
from .catalog import CODE_LAYERS, PACKAGE_LAYERS, Stage, Target
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


@dataclass(frozen=True, slots=True)
class Parts:
    """What images are made of: the base's name, and the folder of each layer by its name."""

    base: str
    contexts: Mapping[str, Path]


def build(
    settings: Settings, engine: Engine, targets: Sequence[Target], tell: Callable[[str], None]
) -> list[Built]:
    """Build what has changed of these targets, and return all of them in order."""
    parts = Parts(_base(settings, engine, tell), _contexts(settings, targets))
    images = []
    for target in targets:
        image = _built(settings, target, parts)
        if engine.label(image.reference, INPUTS) != image.inputs:
            tell(f"{target.name}: building {image.reference}")
            engine.build(_order(settings, engine, target, parts, image))
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
    needed = {name for target in targets for name in (*target.stage.packages, target.code)}
    sets = packages.read_sets(settings.checkout / "requirements")
    contexts = {}
    for layer in PACKAGE_LAYERS:
        if layer.name in needed:
            contexts[layer.name] = packages.install(packages.select(layer, sets), settings.cache)
    for source in CODE_LAYERS:
        if source.name in needed:
            contexts[source.name] = code.assemble(source, settings.checkout, settings.cache)
    return contexts


def _built(settings: Settings, target: Target, parts: Parts) -> Built:
    used = (*target.stage.packages, target.code)
    inputs = digest(_inputs(settings, parts, (target.name, settings.tag), used))
    return Built(target.name, reference(settings, target), inputs, made=False)


def _order(settings: Settings, engine: Engine, target: Target, parts: Parts, image: Built) -> Order:
    labels = {
        INPUTS: image.inputs,
        "org.opencontainers.image.title": target.image,
        "org.opencontainers.image.version": settings.tag,
        "org.opencontainers.image.licenses": "Apache-2.0",
    }
    contexts = {target.code: str(parts.contexts[target.code])}
    contexts |= _before_code(settings, engine, target.stage, parts)
    where = settings.containerfile
    return Order(where, target.name, parts.base, contexts, labels, image.reference)


def _before_code(settings: Settings, engine: Engine, stage: Stage, parts: Parts) -> dict[str, str]:
    """Return the contexts of a stage, or the stage itself as an image that is kept."""
    folders = {name: str(parts.contexts[name]) for name in stage.packages}
    if engine.image_context is None:
        return folders
    inputs = digest(_inputs(settings, parts, (stage.name,), stage.packages))
    kept = f"localhost/skm-stage-{stage.name}:{inputs}"
    if not engine.has(kept):
        where = settings.containerfile
        engine.build(Order(where, stage.name, parts.base, folders, {INPUTS: inputs}, kept))
    return {stage.name: engine.image_context + kept}


def _inputs(
    settings: Settings, parts: Parts, names: tuple[str, ...], used: Sequence[str]
) -> Iterator[bytes]:
    yield from (name.encode() for name in (*names, parts.base))
    yield settings.containerfile.read_bytes()
    yield from (f"{name}={parts.contexts[name].name}".encode() for name in used)
