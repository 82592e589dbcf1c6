# SPDX-License-Identifier: Apache-2.0
"""The chart as helm renders it: `render(values)`, and `objects` for the default values."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcluster import Settings, Steps, build, modules, toolchain

CHART = Path(__file__).parents[2] / "charts" / "secure-key-manager"
Objects = list[dict[str, Any]]


@pytest.fixture(scope="session")
def helm() -> Path:
    """The helm that localcluster uses, from its cache; or the one in SKM_TEST_BIN."""
    if chosen := os.environ.get("SKM_TEST_BIN"):
        return Path(chosen) / "helm"
    settings = Settings()
    module = next(one for one in modules.modules(settings.kubernetes) if "helm" in one.programs)
    go = toolchain.installed(module.go, toolchain.candidates(settings.cache))
    assert go, "run `python -m localcluster up` once: it brings Go"
    return build.build(module, go, settings.cache, Steps(sys.stderr)) / "helm"


@pytest.fixture(scope="session")
def run_helm(helm: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run helm to its end, whatever it says."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([helm, *arguments], capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def render(run_helm) -> Callable[..., Objects]:
    """Objects of `helm template`, hooks and tests included, with values as `name=value`."""

    def render(*values: str) -> Objects:
        chosen = [f"--set={value}" for value in values]
        done = run_helm("template", "skm", str(CHART), "--namespace=skm-system", *chosen)
        assert done.returncode == 0, done.stderr
        return [document for document in yaml.safe_load_all(done.stdout) if document]

    return render


@pytest.fixture(scope="session")
def objects(render) -> Objects:
    """The objects of the default values."""
    return render()


@pytest.fixture(scope="session")
def find(objects) -> Callable[..., dict[str, Any]]:
    """The one object of a kind and a name, in a namespace where that matters."""

    def find(kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
        (found,) = [
            it
            for it in objects
            if (it["kind"], it["metadata"]["name"]) == (kind, name)
            and namespace in (None, it["metadata"].get("namespace"))
        ]
        return found

    return find


@pytest.fixture(scope="session")
def pods(objects) -> dict[str, dict[str, Any]]:
    """Every pod that the chart brings, by `<kind>/<name>`: its metadata and spec."""
    found = {}
    for it in objects:
        if it["kind"] == "Pod":
            found[f"Pod/{it['metadata']['name']}"] = it
        elif "template" in it.get("spec", {}):
            found[f"{it['kind']}/{it['metadata']['name']}"] = it["spec"]["template"]
    return found
