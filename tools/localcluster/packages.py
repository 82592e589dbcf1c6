# SPDX-License-Identifier: Apache-2.0
"""The Debian packages that a cluster and its images stand on, found by the programs they bring."""

import shutil
from pathlib import Path
from typing import Final

from .errors import MachineUnfitError
from .shell import run

PROGRAMS: Final = {
    "buildah": "buildah",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "modprobe": "kmod",
    "nft": "nftables",
    "nsenter": "util-linux",
    "runc": "runc",
    "sysctl": "procps",
}
PLUGINS: Final = "containernetworking-plugins"
PLUGIN_FOLDERS: Final = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))


def missing() -> list[str]:
    """Return the packages whose programs are not on this machine, sorted."""
    packages = {package for program, package in PROGRAMS.items() if not shutil.which(program)}
    if not any((folder / "host-local").exists() for folder in PLUGIN_FOLDERS):
        packages.add(PLUGINS)
    return sorted(packages)


def install(packages: list[str]) -> None:
    """Install packages with apt-get; raises `MachineUnfitError` on a machine that has none."""
    if not shutil.which("apt-get"):
        raise MachineUnfitError(
            f"This machine has no apt-get: install what brings {', '.join(packages)} by hand."
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-q", env=quiet)
    run("apt-get", "install", "-q", "-y", "--no-install-recommends", *packages, env=quiet)
