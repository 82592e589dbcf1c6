# SPDX-License-Identifier: Apache-2.0
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from localcluster.errors import BadSettingError
from localcluster.modules import Module, modules, supported
from localcluster.toolchain import pinned_version

GO = "go version go1.26.6 linux/amd64"
ALL = [module for version in supported() for module in modules(version)]


def test_the_default_version_is_supported() -> None:
    assert "1.37" in supported()


@pytest.mark.parametrize("version", ["1.12", "1.37.2", "", "latest", "../etcd"])
def test_another_version_is_refused_with_the_supported_ones(version: str) -> None:
    with pytest.raises(BadSettingError, match=re.escape(", ".join(supported()))):
        modules(version)


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.name)
def test_every_program_is_pinned_by_a_tool_directive_and_a_checksum(module: Module) -> None:
    if module.pin is None:
        return
    text = (module.folder / "go.mod").read_text()
    for package in module.programs.values():
        assert re.search(rf"^(tool )?\s*{re.escape(package)}$", text, re.MULTILINE)
    assert f"{module.pin} {module.version} h1:" in (module.folder / "go.sum").read_text()


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.name)
def test_the_pinned_toolchain_builds_every_module(module: Module) -> None:
    assert tuple(map(int, pinned_version().split("."))) >= module.go


def test_programs_have_one_module_each() -> None:
    names = [program for module in modules("1.37") for program in module.programs]
    assert len(names) == len(set(names))
    assert {"kubectl", "helm", "ctr", "etcd", "coredns", "pause", "kubelet"} <= set(names)


def test_kubernetes_says_its_own_version() -> None:
    [kubernetes] = [one for one in modules("1.37") if one.name == "kubernetes-1.37"]
    assert f"-X k8s.io/component-base/version.gitVersion={kubernetes.version}" in " ".join(
        kubernetes.flags
    )


def test_the_digest_follows_sources_flags_and_toolchain(tmp_path: Path) -> None:
    [pause] = [one for one in modules("1.37") if one.name == "pause"]
    folder = Path(shutil.copytree(pause.folder, tmp_path / "pause"))
    copy = replace(pause, folder=folder)
    assert copy.digest(GO) == pause.digest(GO)
    changed = {
        copy.digest("go version go1.27.0 linux/amd64"),
        replace(copy, tags=("x",)).digest(GO),
    }
    (folder / "go.sum").write_text("x")
    changed.add(copy.digest(GO))
    assert len(changed | {pause.digest(GO)}) == 4
