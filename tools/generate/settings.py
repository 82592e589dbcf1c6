# SPDX-License-Identifier: Apache-2.0
"""docs/settings.md: every process's settings, with defaults, units and reasons from the source."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from generate.markdown import code, page, table

TARGET: Final = Path("docs/settings.md")
PROCESSES: Final = (
    ("KMS server", "skm_kms.settings"),
    ("System-key server", "skm_kms.systemkey.settings"),
    ("Install job", "skm_kms.install.settings"),
    ("Operator", "skm_operator.settings"),
    ("Injector webhook", "skm_injector.webhook.settings"),
    ("Node agent", "skm_injector.node.settings"),
    ("Agent in the pod", "skm_injector.agent.settings"),
)
INTRODUCTION: Final = """
Each process reads its settings once, at start, from environment variables: `SKM_` and the field's
name in capitals. A value that can't be read ends the process with a sentence that names the
variable. The chart sets what an installation needs; what you choose are its [values][v].

[v]: chart-values.md
"""


def settings_page() -> dict[Path, str]:
    """One table a process."""
    parts = [_process(title, module) for title, module in PROCESSES]
    source = "the `Settings` classes"
    return {TARGET: page("Settings", source, INTRODUCTION, *parts)}


def reasons(kind: type[Any]) -> dict[str, str]:
    """The docstring under each field of a class: what `inspect` doesn't give."""
    (definition,) = ast.parse(inspect.getsource(kind)).body
    if not isinstance(definition, ast.ClassDef):
        raise TypeError(f"{kind!r} is no class")
    told = {}
    for before, after in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name):
            told[before.target.id] = _text(after)
    return told


def _process(title: str, module: str) -> str:
    kind = import_module(module).Settings
    told = reasons(kind)
    rows = [
        (code(f"SKM_{name.upper()}"), _default(default), told[name])
        for name, default in _fields(kind)
    ]
    return f"## {title}\n\n" + table(("variable", "default", "what it decides, and why"), rows)


def _fields(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    """Names and defaults of a dataclass, or of the NamedTuple that a small process prefers."""
    if is_dataclass(kind):
        yield from ((field.name, field.default) for field in fields(kind))
    else:
        yield from ((name, kind._field_defaults.get(name, MISSING)) for name in kind._fields)


def _default(default: Any) -> str:
    if default is MISSING:
        return "none: must be given"
    text = str(default)
    return code(text.lower() if isinstance(default, bool) else text) or "empty"


def _text(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    raise ValueError(f"line {node.lineno}: a setting without a docstring")
