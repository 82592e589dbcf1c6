# SPDX-License-Identifier: Apache-2.0
"""Every source file that is committed begins by saying its licence."""

import subprocess
from pathlib import PurePath

import pytest
from docs_pages import CHECKOUT

LINE = "SPDX-License-Identifier: Apache-2.0"
SUFFIXES = {".py", ".sh", ".go", ".yaml", ".yml", ".tpl"}
NAMES = {"Makefile", "Containerfile", "run", "skm"}
LISTED = subprocess.run(
    ["git", "ls-files"],
    cwd=CHECKOUT,
    capture_output=True,
    text=True,
    check=True,
).stdout.splitlines()
SOURCES = [
    name
    for name in LISTED
    if (PurePath(name).suffix in SUFFIXES or PurePath(name).name in NAMES)
    and (CHECKOUT / name).is_file()
]


def test_there_are_sources():
    assert len(SOURCES) > 300


@pytest.mark.parametrize("folder", sorted({name.partition("/")[0] for name in SOURCES}))
def test_the_first_line_says_the_licence(folder: str):
    without = [name for name in SOURCES if name.partition("/")[0] == folder and not says(name)]
    assert without == []


def says(name: str) -> bool:
    """On the first line, or on the second behind a shebang or what opens a comment."""
    first, _, rest = (CHECKOUT / name).read_text().partition("\n")
    opens = first.startswith("#!") or first == "{{/*"
    return LINE in (rest.partition("\n")[0] if opens else first)
