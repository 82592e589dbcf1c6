# SPDX-License-Identifier: Apache-2.0
"""The pages of the documentation, and their shell blocks with the mark that each must carry.

On the line before a block of language shell or console stands one of

    <!-- run: unit -->        run by tests/docs, without a cluster
    <!-- run: cluster -->     run by tests/cluster/test_docs.py, in the order of the page
    <!-- shown: reason -->    not run, and why

A block of language text marked `<!-- printed -->` must be in what the block before it printed,
line by line; `…` stands for anything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
SHELLS: Final = ("shell", "console", "sh", "bash")
_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK: Final = re.compile(r"<!-- (run: unit|run: cluster|shown: .{10,}|printed) -->")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `mark` is None where there is none."""

    page: Path
    line: int
    language: str
    text: str
    mark: str | None

    @property
    def is_shell(self) -> bool:
        """Whether somebody would type it."""
        return self.language in SHELLS

    @property
    def place(self) -> str:
        """Page and line, for messages."""
        return f"{self.page.relative_to(CHECKOUT)}:{self.line}"


def pages() -> list[Path]:
    """Every page that people read first."""
    top = [CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    return [*top, *sorted((CHECKOUT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page in their order."""
    text = page.read_text()
    for found in _FENCE.finditer(text):
        before = text[: found.start()].rstrip("\n").rpartition("\n")[2]
        mark = _MARK.fullmatch(before)
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found[1], found[2], mark[1] if mark else None)


def missing_lines(expected: str, printed: str) -> list[str]:
    """The lines of a `printed` block that nothing printed matches."""
    said = [line.strip() for line in printed.splitlines()]
    return [line for line in expected.splitlines() if not any(_matches(line, it) for it in said)]


def _matches(line: str, said: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in line.strip().split("…"))
    return re.fullmatch(pattern, said) is not None
