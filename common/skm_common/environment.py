# SPDX-License-Identifier: Apache-2.0
"""Reads a process's settings: each field of a dataclass is the variable `SKM_` + its upper name."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PREFIX: Final = "SKM_"
_TRUTH: Final = {"true": True, "false": False}

Settings = TypeVar("Settings", bound="DataclassInstance")


class SettingError(Exception):
    """A variable has a value that its setting can't have; the text names it and never its value."""


def _flag(text: str) -> bool:
    return _TRUTH[text.lower()]


_READERS: Final[dict[Any, Callable[[str], Any]]] = {
    bool: _flag,
    float: float,
    int: int,
    Path: Path,
    str: str,
}


def read_settings(kind: type[Settings], environment: Mapping[str, str]) -> Settings:
    """Return the settings of a dataclass whose fields are str, int, float, bool or Path.

    A field without a variable keeps its default. Raises `SettingError` for a value that can't be
    read, and for a field that has neither a variable nor a default.
    """
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):
        name = PREFIX + field.name.upper()
        if name in environment:
            values[field.name] = _read(name, hints[field.name], environment[name])
        elif field.default is MISSING:
            raise SettingError(f"{name} must be given: it has no default.")
    return kind(**values)


def _read(name: str, hint: Any, text: str) -> Any:
    try:
        return _READERS[hint](text)
    except (ValueError, KeyError) as error:
        raise SettingError(f"{name} must be a value of type {hint.__name__}.") from error
