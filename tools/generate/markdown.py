# SPDX-License-Identifier: Apache-2.0
"""The few shapes of Markdown that generated pages have."""

from collections.abc import Iterable, Sequence


def page(title: str, source: str, *parts: str) -> str:
    """A page that says what it was made from, so that nobody edits it by hand."""
    head = f"# {title}\n\n<!-- Made by `make generate` from {source}; edit that. -->"
    return "\n\n".join((head, *(part.strip() for part in parts if part.strip()))) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are made to fit on one line."""
    lines = [_line(heads), _line(["---"] * len(heads))]
    return "\n".join(lines + [_line([cell(text) for text in row]) for row in rows])


def cell(text: str) -> str:
    """A text that may stand in a table: one line, no column separator."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Text as code; nothing stays nothing."""
    return f"`{text}`" if text else ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
