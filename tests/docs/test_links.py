# SPDX-License-Identifier: Apache-2.0
"""Links lead somewhere; files, make targets and commands that a page names exist."""

import argparse
import re
from pathlib import Path

import pytest
from docs_pages import CHECKOUT, pages

from skm_client.cli.main import build_parser

OTHERS = [
    CHECKOUT / name
    for pattern in ("*.md", "*/README.md", "*/*/README.md", "*/*/*/README.md")
    for name in CHECKOUT.glob(pattern)
    if not name.relative_to(CHECKOUT).parts[0].startswith((".", "build"))
]
PAGES = sorted({*pages(), *OTHERS})
IDS = [str(page.relative_to(CHECKOUT)) for page in PAGES]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
TOP = "|".join(
    ("charts", "client", "common", "crds", "docs", "examples", "images", "injector", "kms",
     "operator", "tests", "tools", "requirements")
)  # fmt: skip
FILE = re.compile(rf"(?:{TOP})/[\w./-]*\w(?:\.\w+)?/?")
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
SKM = re.compile(r"(?:^|[|&(`\s])(?:kubectl )?skm((?: [a-z][a-z-]*)+)(?![\w/-])", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_relative_links_lead_somewhere(page: Path):
    for target in LINK.findall(page.read_text()):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_files_named_in_code_exist(page: Path):
    for text in CODE.findall(page.read_text()):
        if FILE.fullmatch(text):
            assert (CHECKOUT / text).exists(), text


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_make_targets_exist(page: Path):
    for name in MAKE.findall(typed(page)):
        assert name in targets(), name


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_commands_of_skm_exist(page: Path):
    for words in SKM.findall(typed(page)):
        assert known(build_parser(), words.split()), words


def test_every_decision_stands_in_the_index():
    index = (CHECKOUT / "docs" / "adr" / "index.md").read_text()
    for page in (CHECKOUT / "docs" / "adr").glob("0*.md"):
        title = page.read_text().splitlines()[0].removeprefix("# ")
        number, _, words = title.partition(". ")
        assert page.name.startswith(f"{int(number):04d}-")
        assert f"| [{number}]({page.name}) | {words} |" in index


def test_a_command_that_is_none_would_be_found():
    assert SKM.findall("kubectl skm audit bless") == [" audit bless"]
    assert known(build_parser(), ["audit", "verify"])
    assert not known(build_parser(), ["audit", "bless"])
    assert not known(build_parser(), ["doctor"])


def typed(page: Path) -> str:
    """What a page shows as code: blocks and words between backticks."""
    text = page.read_text()
    fenced = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return "\n".join((*fenced, *CODE.findall(text)))


def targets() -> set[str]:
    lines = (CHECKOUT / "Makefile").read_text()
    return set(re.findall(r"^([a-z][a-z-]*):", lines, re.MULTILINE))


def anchors(page: Path) -> set[str]:
    """The names that headings get, as mkdocs and forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in headings)
    return {re.sub(r"[ ]+", "-", heading) for heading in plain}


def known(parser: argparse.ArgumentParser, words: list[str]) -> bool:
    """Whether the first words name a command; those after it are its arguments."""
    nested = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not nested:
        return True
    choices = nested[0].choices
    return bool(words) and words[0] in choices and known(choices[words[0]], words[1:])
