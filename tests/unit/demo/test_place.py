# SPDX-License-Identifier: Apache-2.0
"""The current context is touched only after a yes."""

import io
import os

import pytest

from demo.errors import RefusedError
from demo.place import reach
from demo.settings import Settings
from localcluster import Steps


@pytest.fixture
def context(tmp_path, monkeypatch):
    def choose(name: str) -> None:
        program = tmp_path / "kubectl"
        program.write_text(f"#!/bin/sh\necho {name}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return choose


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_nothing_is_touched(context):
    context("production")
    out = io.StringIO()
    with pytest.raises(RefusedError, match="YES=1"):
        reach(Settings(cluster="current"), Steps(out), io.StringIO())
    assert "production" in out.getvalue()


@pytest.mark.parametrize("answer", ["", "y", "yes", "product", "PRODUCTION"])
def test_anything_but_the_contexts_name_is_a_no(context, answer):
    context("production")
    with pytest.raises(RefusedError, match="Nothing was touched"):
        reach(Settings(cluster="current"), Steps(io.StringIO()), Terminal(answer + "\n"))


def test_its_name_is_a_yes(context):
    context("kind-here")
    access = reach(Settings(cluster="current"), Steps(io.StringIO()), Terminal("kind-here\n"))
    assert access.kubectl_program == ("kubectl", "--context=kind-here")
    assert (access.registry, access.local) == ("localhost", None)


def test_a_cluster_of_another_kind_needs_a_registry(context):
    context("eks")
    with pytest.raises(RefusedError, match="REGISTRY="):
        reach(Settings(cluster="current", yes=True), Steps(io.StringIO()), io.StringIO())
    settings = Settings(cluster="current", yes=True, registry="registry.example.com/you")
    access = reach(settings, Steps(io.StringIO()), io.StringIO())
    assert access.registry == "registry.example.com/you"
