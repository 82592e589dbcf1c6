# SPDX-License-Identifier: Apache-2.0
"""docs/security.md names the test behind each claim; a claim without one is called not claimed."""

import ast
import re
from pathlib import Path

import pytest
from docs_pages import CHECKOUT

PAGE = CHECKOUT / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
SECTIONS = re.findall(r"^### (.+?)\n(.*?)(?=^##)", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(PAGE.read_text()))))
def test_a_named_test_exists(file: str, name: str):
    assert name in functions(CHECKOUT / file)


@pytest.mark.parametrize(("title", "text"), SECTIONS, ids=[title for title, _ in SECTIONS])
def test_each_can_forge_read_and_deny_what_is_tested_or_not_claimed(title: str, text: str):
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert [row[0] for row in rows[1:]] == ["forge", "read", "deny"]
    for _, answer, tried in rows[1:]:
        assert answer
        assert tried == "not claimed" or NAMED.search(tried), tried


def test_every_party_of_the_design_has_its_section():
    titles = " ".join(title for title, _ in SECTIONS).lower()
    for party in (
        "kms server", "system-key server", "operator", "webhook", "agent in a pod", "node agent",
        "database", "etcd", "root on a node", "namespace",
    ):  # fmt: skip
        assert party in titles


def functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
