# SPDX-License-Identifier: Apache-2.0
"""docs/chart-values.md: every value of the chart with its default and the comment above it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import yaml

from generate.markdown import code, page, table

SOURCE: Final = Path("charts/secure-key-manager/values.yaml")
TARGET: Final = Path("docs/chart-values.md")
MARK: Final = "# -- "
WHOLE: Final = "resources"
"""A mapping that is one value: Kubernetes defines what stands in it."""
USUAL: Final = {
    "className": "StorageClass of its volume; empty means the cluster's default.",
    "pullPolicy": "When the nodes pull images.",
    "replicas": "How many of it run.",
    WHOLE: "Requests and limits of its container.",
    "size": "Size of its volume.",
}
"""What a value of this name means where nothing more stands above it."""
INTRODUCTION: Final = """
`helm upgrade --install skm charts/secure-key-manager --namespace skm-system --set name=value`. The
schema beside the values refuses a name that isn't here and a value of the wrong kind. Names of
objects and of the namespaces `skm-system-key` and `skm-node` can't be chosen: certificates carry
them.
"""
Row = tuple[str, str, str]


def chart_values_page() -> dict[Path, str]:
    """One row a value; raises KeyError for one that nothing explains."""
    text = SOURCE.read_text()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise TypeError(f"{SOURCE} holds no mapping")
    rows = _rows("", root, text.splitlines())
    head = ("value", "default", "what it decides")
    return {TARGET: page("Chart values", f"`{SOURCE}`", INTRODUCTION, table(head, rows))}


def _rows(prefix: str, node: yaml.MappingNode, lines: Sequence[str]) -> Iterator[Row]:
    for key, value in node.value:
        name = f"{prefix}{key.value}"
        if isinstance(value, yaml.MappingNode) and key.value != WHOLE:
            yield from _rows(f"{name}.", value, lines)
        else:
            told = _comment(key.start_mark.line, lines) or USUAL[key.value]
            yield code(name), _default(value, lines), told


def _default(node: yaml.Node, lines: Sequence[str]) -> str:
    if isinstance(node, yaml.ScalarNode):
        return code(node.value) or "empty"
    first, last = node.start_mark, node.end_mark
    if first.line == last.line:
        return code(lines[first.line][first.column : last.column])
    block = (line.strip() for line in lines[first.line : last.line])
    return ", ".join(code(line) for line in block if line and not line.startswith("#"))


def _comment(line: int, lines: Sequence[str]) -> str:
    above = lines[line - 1].strip() if line else ""
    return above.removeprefix(MARK) if above.startswith(MARK) else ""
