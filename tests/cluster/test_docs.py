# SPDX-License-Identifier: Apache-2.0
"""The commands of the documentation, typed in the order of their page on the session's cluster.

Namespaces of a page get names of their own, so that pages can be run again and beside other tests.
"""

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
from cluster_harness import Cluster
from docs_pages import CHECKOUT, Block, blocks, missing_lines, pages

NAMESPACES = ("hello", "legacy")
SEPARATOR = "@@ block {} @@"
PAGES = [page for page in pages() if any(block.mark == "run: cluster" for block in blocks(page))]
IDS = [page.name for page in PAGES]


@pytest.fixture
def places(cluster: Cluster, tmp_path: Path):
    """A name of its own for each namespace of a page, and a copy of examples/ that uses them."""
    names = {name: f"docs-{name}-{secrets.token_hex(2)}" for name in NAMESPACES}
    shutil.copytree(CHECKOUT / "examples", tmp_path / "examples")
    for path in (tmp_path / "examples").rglob("*.yaml"):
        path.write_text(renamed(path.read_text(), names))
    yield names
    cluster.kubectl("delete", "namespace", *names.values(), "--ignore-not-found", "--wait=false")


@pytest.fixture
def environment(cluster: Cluster, credentials: Path, tmp_path: Path) -> dict[str, str]:
    """What the pages tell their reader to set."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in (cluster.access.kubectl_program[0], cluster.access.helm_program[0]):
        found = shutil.which(program)
        assert found, program
        (folder / Path(program).name).symlink_to(found)
    config = cluster.access.kubectl_program[1].partition("=")[2]
    path = f"{folder}:{CHECKOUT / '.venv/bin'}:{os.environ['PATH']}"
    return {"PATH": path, "KUBECONFIG": config, "SKM_CREDENTIALS": str(credentials)}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_the_commands_of_a_page_do_what_it_says(page, shop, places, environment, tmp_path):
    typed = [block for block in blocks(page) if block.mark in ("run: cluster", "printed")]
    script = tmp_path / "page.sh"
    script.write_text(renamed(script_of(typed), places))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = renamed(done.stdout, {new: old for old, new in places.items()})
    assert done.returncode == 0, f"{said}\n{done.stderr}"
    for number, block in enumerate(typed):
        if block.mark == "printed":
            printed = said.partition(SEPARATOR.format(number - 1))[2]
            printed = printed.partition("@@ block")[0]
            assert missing_lines(block.text, printed) == [], f"{block.place}\n{printed}"


def script_of(typed: list[Block]) -> str:
    """Every block in its order, each announced on standard output."""
    return "\n".join(
        f"echo '{SEPARATOR.format(number)}'\n{block.text}"
        for number, block in enumerate(typed)
        if block.is_shell
    )


def renamed(text: str, names: dict[str, str]) -> str:
    """The text with each name replaced where it stands as a word."""
    for old, new in names.items():
        text = re.sub(rf"(?<![\w-]){old}(?![\w-])", new, text)
    return text
