# SPDX-License-Identifier: Apache-2.0
"""`python -m imagebuilder build|load|push`."""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Final

from localcluster.errors import LocalClusterError

from . import deliver
from .build import Built, build
from .catalog import TARGETS, select
from .engines import Engine, choose
from .errors import ImageBuilderError
from .settings import Settings
from .tree import alone

_ENGINES: Final = ("auto", "buildah", "docker", "podman")


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    top = argparse.ArgumentParser(prog="python -m imagebuilder", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    names = ", ".join(target.name for target in TARGETS)
    common.add_argument("--target", action="append", default=[], help=f"one of {names}; repeatable")
    common.add_argument("--base", help="base image instead of a minimal Debian made here")
    common.add_argument("--engine", choices=_ENGINES, default="auto")
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("build", parents=[common], help="build what has changed")
    load = commands.add_parser("load", parents=[common], help="build and import into a cluster")
    where = load.add_mutually_exclusive_group(required=True)
    where.add_argument("--localcluster", metavar="NAME")
    where.add_argument("--kind", metavar="NAME")
    push = commands.add_parser("push", parents=[common], help="build and push to a registry")
    push.add_argument("--registry", required=True, metavar="HOST[:PORT]/PATH")
    push.add_argument("--plain-http", action="store_true", help="the registry has no TLS")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a failure is one sentence on standard error and exit code 1."""
    options = parser().parse_args(arguments)
    settings = Settings(base=options.base, engine=options.engine)
    began = time.monotonic()
    try:
        with alone(settings.cache):
            engine = choose(settings.engine, settings.cache)
            images = build(settings, engine, select(options.target), _tell)
            _deliver(options, settings, engine, images)
    except (ImageBuilderError, LocalClusterError) as error:
        _tell(f"error: {error}")
        return 1
    made = sum(image.made for image in images)
    seconds = time.monotonic() - began
    _tell(f"{made} built, {len(images) - made} unchanged, {engine.name}, {seconds:.1f} s")
    return 0


def _deliver(
    options: argparse.Namespace, settings: Settings, engine: Engine, images: list[Built]
) -> None:
    if options.command == "push":
        plain = options.plain_http
        for name in deliver.push(engine, images, options.registry, plain_http=plain):
            _tell(f"pushed {name}")
    elif options.command == "load" and options.kind:
        deliver.load_kind(engine, images, options.kind, settings.cache)
    elif options.command == "load":
        deliver.load_localcluster(engine, images, options.localcluster, settings.cache)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
