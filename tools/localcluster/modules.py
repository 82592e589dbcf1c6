# SPDX-License-Identifier: Apache-2.0
"""The Go modules that a cluster's programs are built from, each pinned by a committed go.sum.

To support another Kubernetes version, add a folder programs/kubernetes-MINOR with a go.mod that has
a `tool` directive for each program, and its go.sum.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .errors import BadSettingError

PROGRAMS: Final = Path(__file__).parent / "programs"
KUBERNETES: Final = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
    "kubelet",
)


@dataclass(frozen=True, slots=True)
class Module:
    """A folder with go.mod and go.sum, and the programs that are built there."""

    folder: Path
    programs: Mapping[str, str]
    """Package path of each program, by the program's name."""
    pin: str | None
    """The required module whose version is the programs' version; none for own sources."""
    tags: tuple[str, ...] = ()
    definitions: Mapping[str, str] = field(default_factory=dict)
    """Variables that the linker sets (-X)."""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def version(self) -> str:
        """The pinned version, for example v1.37.2; v0 for own sources."""
        if self.pin is None:
            return "v0"
        text = (self.folder / "go.mod").read_text()
        found = re.search(rf"^(?:require)?\s+{re.escape(self.pin)} (v\S+)", text, re.MULTILINE)
        if found is None:
            raise BadSettingError(f"{self.folder / 'go.mod'} does not require {self.pin}.")
        return found[1]

    @property
    def go(self) -> tuple[int, ...]:
        """The oldest Go release that the module can be built with."""
        found = re.search(r"^go (\S+)$", (self.folder / "go.mod").read_text(), re.MULTILINE)
        if found is None:
            raise BadSettingError(f"{self.folder / 'go.mod'} has no go directive.")
        return tuple(map(int, found[1].split(".")))

    @property
    def flags(self) -> list[str]:
        """The build flags; the same sources, flags and toolchain make the same bytes."""
        linker = ["-s", "-w", *(f"-X {name}={value}" for name, value in self.definitions.items())]
        tags = [f"-tags={','.join(self.tags)}"] if self.tags else []
        return ["-mod=readonly", "-trimpath", f"-ldflags={' '.join(linker)}", *tags]

    def digest(self, toolchain: str) -> str:
        """Return a digest of all that decides about the built bytes."""
        digest = hashlib.sha256()
        for word in (toolchain, *self.flags, *self.programs, *self.programs.values()):
            digest.update(word.encode() + b"\0")
        for file in sorted(path for path in self.folder.iterdir() if path.is_file()):
            digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()[:16]


def supported() -> list[str]:
    """Return the minor versions of Kubernetes that have a module folder."""
    names = [path.parent.name for path in PROGRAMS.glob("kubernetes-*/go.sum")]
    return sorted(
        (name.removeprefix("kubernetes-") for name in names),
        key=lambda version: [int(part) for part in version.split(".")],
    )


def modules(kubernetes: str) -> list[Module]:
    """Return the modules of a Kubernetes minor version; raises `BadSettingError` if unsupported."""
    if kubernetes not in supported():
        raise BadSettingError(
            f"Kubernetes {kubernetes} is not supported here; supported: {', '.join(supported())}."
        )
    containerd = "github.com/containerd/containerd/v2"
    commands = ("containerd", "containerd-shim-runc-v2", "ctr")
    return [
        Module(PROGRAMS / "pause", {"pause": "."}, None),
        _tool("etcd", "go.etcd.io/etcd/server/v3"),
        Module(
            PROGRAMS / "containerd",
            {command: f"{containerd}/cmd/{command}" for command in commands},
            containerd,
            ("no_btrfs", "no_devmapper", "no_zfs"),
        ),
        _tool("coredns", "github.com/coredns/coredns"),
        Module(PROGRAMS / "helm", {"helm": "helm.sh/helm/v4/cmd/helm"}, "helm.sh/helm/v4"),
        _kubernetes(kubernetes),
    ]


def _tool(name: str, package: str) -> Module:
    return Module(PROGRAMS / name, {name: package}, package)


def _kubernetes(minor: str) -> Module:
    folder, pin = PROGRAMS / f"kubernetes-{minor}", "k8s.io/kubernetes"
    programs = {name: f"{pin}/cmd/{name}" for name in KUBERNETES}
    version = Module(folder, programs, pin).version
    base = "k8s.io/component-base/version"
    major, number = minor.split(".")
    definitions = {
        f"{base}.gitVersion": version,
        f"{base}.gitMajor": major,
        f"{base}.gitMinor": number,
    }
    return Module(folder, programs, pin, definitions=definitions)
