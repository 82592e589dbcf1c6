# SPDX-License-Identifier: Apache-2.0
"""The images and the layers they are made of; images/Containerfile puts them together.

A test holds this table and the Containerfile to each other.
"""

from dataclasses import dataclass
from typing import Final

from .errors import BadTargetError


@dataclass(frozen=True, slots=True)
class PackageLayer:
    """Python packages that every file of `sets` in requirements/ pins, and none of `without`."""

    name: str
    sets: tuple[str, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeLayer:
    """Our own files: `sources` are paths from the checkout, mapped to places below /opt/skm."""

    name: str
    sources: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the Containerfile that ends before our code, and the package layers in it."""

    name: str
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One image: its stage of the Containerfile, the stage before its code, its code, its name."""

    name: str
    stage: Stage
    code: str
    image: str


def _package(root: str, name: str) -> tuple[str, str]:
    return f"{root}/{name}", f"lib/{name}"


_COMMON: Final = _package("common", "skm_common")
_CLIENT: Final = _package("client", "skm_client")
_INJECTOR: Final = ("injector/skm_injector/*.py", "lib/skm_injector")
_COMMAND: Final = ("images/bin", "bin")
_EXAMPLE: Final = "examples/orders-db/images"


def _injector(part: str) -> tuple[tuple[str, str], ...]:
    return _COMMON, _INJECTOR, _package("injector", f"skm_injector/{part}")


PACKAGE_LAYERS: Final = (
    PackageLayer("packages-client", ("client",)),
    PackageLayer("packages-web", ("injector", "kms", "operator"), ("client",)),
    PackageLayer("packages-cluster", ("kms", "operator"), ("client", "injector")),
    PackageLayer("packages-server", ("injector", "kms"), ("client", "operator")),
    PackageLayer("packages-kms", ("kms",), ("client", "injector", "operator")),
    PackageLayer("packages-operator", ("operator",), ("client", "injector", "kms")),
    PackageLayer("packages-example", ("example",)),
)
CODE_LAYERS: Final = (
    CodeLayer("code-kms", (_COMMON, _CLIENT, _COMMAND, _package("kms", "skm_kms"))),
    CodeLayer("code-operator", (_COMMON, _CLIENT, _package("operator", "skm_operator"))),
    CodeLayer("code-webhook", _injector("webhook")),
    CodeLayer("code-agent", _injector("agent")),
    CodeLayer("code-node-agent", _injector("node")),
    CodeLayer("code-postgres", (_package(f"{_EXAMPLE}/postgres", "orders_postgres"),)),
    CodeLayer("code-orders-app", (_package(f"{_EXAMPLE}/application", "orders_app"),)),
)


def _stage(name: str, *packages: str) -> Stage:
    return Stage(name, tuple(f"packages-{package}" for package in packages))


_KMS: Final = _stage("kms-packages", "client", "web", "cluster", "server", "kms")
_OPERATOR: Final = _stage("operator-packages", "client", "web", "cluster", "operator")
_WEBHOOK: Final = _stage("webhook-packages", "client", "web", "server")
TARGETS: Final = (
    Target("kms", _KMS, "code-kms", "skm-kms"),
    Target("system-key", _KMS, "code-kms", "skm-system-key"),
    Target("install", _KMS, "code-kms", "skm-install"),
    Target("operator", _OPERATOR, "code-operator", "skm-operator"),
    Target("webhook", _WEBHOOK, "code-webhook", "skm-webhook"),
    Target("agent", _stage("client", "client"), "code-agent", "skm-agent"),
    Target("node-agent", Stage("base"), "code-node-agent", "skm-node-agent"),
    Target("postgres", Stage("postgresql"), "code-postgres", "skm-example-postgres"),
    Target(
        "orders-app", _stage("orders-packages", "example"), "code-orders-app", "skm-example-orders"
    ),
)


def select(names: list[str]) -> tuple[Target, ...]:
    """Return the targets of these names, all if there is none; raises `BadTargetError`."""
    known = {target.name: target for target in TARGETS}
    if unknown := [name for name in names if name not in known]:
        raise BadTargetError(f"There is no target {unknown[0]!r}; there are {', '.join(known)}.")
    return tuple(known[name] for name in names) if names else TARGETS
