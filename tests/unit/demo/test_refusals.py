# SPDX-License-Identifier: Apache-2.0
"""What can't work is refused at once, in a sentence that says what to do; the end has a next step.

Whether this is root is asked of a child process that isn't.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from demo.errors import RefusedError
from demo.place import reach
from demo.rogues.scenarios import SCENARIOS
from demo.settings import CHECKOUT, Settings
from demo.up import next_steps
from imagebuilder.errors import ImageBuilderError
from imagebuilder.tree import require_python
from localcluster import Steps

NOBODY = 65534


@pytest.fixture
def state(monkeypatch):
    """An empty folder for clusters, which everyone may enter: those of pytest are root's own."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("SKM_STATE", folder)
        monkeypatch.setenv("SKM_CACHE", folder)
        yield Path(folder)


def as_nobody(command: str, before: str = "") -> subprocess.CompletedProcess[str]:
    program = f"""
import os, sys
from demo.__main__ import main
{before}
if os.geteuid() == 0:
    os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
sys.argv = ["demo", "{command}"]
sys.exit(main())
"""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "CLUSTER": "local", "NAME": "demo"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("version", [(3, 10), (3, 12), (4, 11)])
def test_images_are_not_built_with_another_python(version):
    with pytest.raises(ImageBuilderError, match=r"Build the images with Python 3\.11"):
        require_python(version)


def test_images_are_built_with_their_own_python():
    require_python((3, 11))


@pytest.mark.parametrize(
    ("name", "words"), [("demo", "`make demo` first"), ("other", "`make demo NAME=other` first")]
)
def test_without_a_demo_the_sentence_says_how_to_get_one(state, name, words):
    with pytest.raises(RefusedError, match=words):
        reach(Settings(name=name), Steps(sys.stderr))


@pytest.mark.parametrize("command", ["up", "down", "rogues", "canary"])
def test_who_is_not_root_is_told_so_even_if_a_demo_runs(state, command):
    (state / "demo").mkdir(mode=0o700)
    done = as_nobody(command)
    assert done.returncode == 1
    assert "Root is needed" in done.stderr
    assert "cluster.json" not in done.stderr


def test_another_python_is_refused_before_anything_else(state):
    done = as_nobody("up", before="sys.version_info = (3, 12, 0, 'final', 0)")
    assert done.returncode == 1
    assert done.stderr.startswith("demo: Build the images with Python 3.11")
    assert list(state.iterdir()) == []


def test_the_end_says_what_to_type_next(state):
    _, config, path, last = next_steps(Settings())
    assert config == f"export KUBECONFIG={state}/demo/kubeconfig"
    assert path == f"export PATH={CHECKOUT}/.venv/bin:{state}/demo/bin:$PATH"
    assert last == "Next: docs/quickstart.md"
    assert (CHECKOUT / "docs" / "quickstart.md").is_file()


def test_a_cluster_of_ones_own_keeps_its_kubeconfig():
    assert not any("KUBECONFIG" in line for line in next_steps(Settings(cluster="current")))


def test_a_contradiction_is_explained():
    (scenario,) = [it for it in SCENARIOS if it.check == "mac"]
    assert "contradict" in scenario.meaning
