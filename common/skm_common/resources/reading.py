# SPDX-License-Identifier: Apache-2.0
"""Typed reading of untyped documents: each function gives the value or raises ResourceError.

The API server's schema refuses nearly all of this before; the KMS reads again because it trusts
no other process's word, and a schema can be changed by whoever may change CRDs.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from skm_common.resources.errors import ResourceError

LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
DURATION: Final = re.compile(r"([0-9]{1,9}(h|m|s))+")
_UNITS: Final = {"h": 3600, "m": 60, "s": 1}


def mapping(document: Any, field: str) -> Mapping[str, Any]:
    """The document as an object with string keys."""
    if not isinstance(document, Mapping) or not all(isinstance(key, str) for key in document):
        raise ResourceError(field, "must be an object")
    return document


def only(document: Mapping[str, Any], field: str, known: Iterable[str]) -> None:
    """Refuses fields that aren't known: an ignored field would promise what nobody does."""
    names = sorted(known)
    for name in document:
        if name not in names:
            raise ResourceError(f"{field}.{name}", f"unknown field; known here: {', '.join(names)}")


def text(document: Any, field: str, *, maximum: int = 253) -> str:
    """A string that isn't empty, at most `maximum` characters."""
    if not isinstance(document, str) or not 0 < len(document) <= maximum:
        raise ResourceError(field, f"must be a text of 1 to {maximum} characters")
    return document


def label(document: Any, field: str) -> str:
    """A DNS label (RFC 1123): lower-case letters, digits and hyphens, at most 63."""
    if not isinstance(document, str) or not LABEL.fullmatch(document):
        raise ResourceError(field, "must be a DNS label: at most 63 of a-z, 0-9 and '-'")
    return document


def integer(document: Any, field: str, minimum: int, maximum: int) -> int:
    """An integer within both bounds, which count as allowed."""
    if isinstance(document, bool) or not isinstance(document, int):
        raise ResourceError(field, f"must be an integer from {minimum} to {maximum}")
    if not minimum <= document <= maximum:
        raise ResourceError(field, f"must be from {minimum} to {maximum}")
    return document


def boolean(document: Any, field: str) -> bool:
    """True or false."""
    if not isinstance(document, bool):
        raise ResourceError(field, "must be true or false")
    return document


def choice(document: Any, field: str, allowed: Iterable[str]) -> str:
    """One of the allowed words."""
    words = list(allowed)
    if document not in words or not isinstance(document, str):
        raise ResourceError(field, f"must be one of {', '.join(words)}")
    return document


def items(document: Any, field: str, *, minimum: int = 1, maximum: int = 64) -> list[Any]:
    """A list with a bounded number of items."""
    if not isinstance(document, list) or not minimum <= len(document) <= maximum:
        raise ResourceError(field, f"must be a list of {minimum} to {maximum} items")
    return document


def seconds(document: Any, field: str, minimum: int, maximum: int) -> int:
    """A duration such as `720h` or `1h30m`, as whole seconds within both bounds."""
    if not isinstance(document, str) or not DURATION.fullmatch(document):
        raise ResourceError(field, "must be a duration such as 30s, 10m or 720h")
    total = sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"([0-9]+)([hms])", document))
    if not minimum <= total <= maximum:
        low, high = timedelta(seconds=minimum), timedelta(seconds=maximum)
        raise ResourceError(field, f"must be from {low} to {high} (days, h:mm:ss)")
    return total


def string_map(document: Any, field: str, *, maximum: int = 64) -> dict[str, str]:
    """An object of texts, such as labels; values may be empty."""
    found = mapping(document, field)
    if len(found) > maximum or not all(isinstance(value, str) for value in found.values()):
        raise ResourceError(field, f"must be an object of at most {maximum} texts")
    return dict(found)
