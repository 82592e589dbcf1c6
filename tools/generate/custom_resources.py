# SPDX-License-Identifier: Apache-2.0
"""docs/custom-resources.md: every field of the custom resources, from crds/."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from generate.crds import SOURCE
from generate.markdown import code, page, table

TARGET: Final = Path("docs/custom-resources.md")
_LIMITS: Final = (("minimum", "≥ {}"), ("maximum", "≤ {}"), ("maxLength", "≤ {} characters"))
INTRODUCTION: Final = """
Group `skm.dev`, version `v1alpha1`, all namespaced, category `skm` (`kubectl get skm`). `kubectl
explain key.spec.secret` shows the same sentences in a terminal. What a schema can refuse, the API
server refuses, with a sentence that says what to write instead; those sentences stand under
"Rules". A status is written by the operator only.
"""
Row = tuple[str, str, str, str]


def custom_resources_page() -> dict[Path, str]:
    """One section a kind."""
    definitions = [yaml.safe_load(path.read_text()) for path in sorted(SOURCE.glob("*.yaml"))]
    parts = [_kind(definition["spec"]) for definition in definitions]
    return {TARGET: page("Custom resources", "`crds/`", INTRODUCTION, *parts)}


def _kind(spec: dict[str, Any]) -> str:
    names, (version,) = spec["names"], spec["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    short = ", ".join(code(name) for name in names["shortNames"])
    parts = [f"## {names['kind']}", f"{schema['description']} Short name: {short}."]
    for part in ("spec", "status"):
        rows = list(_rows(part, schema["properties"].get(part, {})))
        parts.append(f"### {names['kind']} {part}")
        parts.append(table(("field", "type", "default", "what it means"), rows))
    rules = list(dict.fromkeys(_rules(schema)))
    parts.append(f"### {names['kind']} rules")
    parts.append("\n".join(f"- {rule}" for rule in rules))
    return "\n\n".join(parts)


def _rows(path: str, schema: dict[str, Any]) -> Iterator[Row]:
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        yield from _field(f"{path}.{name}", field, required=name in required)


def _field(path: str, field: dict[str, Any], *, required: bool) -> Iterator[Row]:
    default = "required" if required else _literal(field.get("default"))
    yield code(path), _type(field), default, field.get("description", "")
    items = field.get("items", {})
    entries = field.get("additionalProperties", {})
    yield from _rows(path, field)
    yield from _rows(f"{path}[]", items)
    if isinstance(entries, dict):
        yield from _rows(f"{path}.<name>", entries)


def _type(field: dict[str, Any]) -> str:
    kind = field.get("type", "integer or text")
    if "enum" in field:
        return "one of " + ", ".join(code(str(value)) for value in field["enum"])
    if kind == "array":
        return f"list of {_type(field['items'])}"
    limits = [text.format(field[name]) for name, text in _LIMITS if name in field]
    return ", ".join([kind, *limits])


def _literal(value: Any) -> str:
    if value is None:
        return "none"
    return code(str(value).lower() if isinstance(value, bool) else str(value))


def _rules(schema: Any) -> Iterator[str]:
    """The sentences of every validation rule below, in the order of the file."""
    if isinstance(schema, list):
        for part in schema:
            yield from _rules(part)
    elif isinstance(schema, dict):
        for rule in schema.get("x-kubernetes-validations", []):
            yield f"{rule['message'].strip()}."
        for name, part in schema.items():
            if name != "x-kubernetes-validations":
                yield from _rules(part)
