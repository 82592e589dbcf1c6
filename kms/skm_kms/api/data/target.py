# SPDX-License-Identifier: Apache-2.0
"""Which call of the data plane a request is, by method and target; the same for both ways in."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from skm_common.resources.key import FIELD
from skm_common.resources.reading import LABEL
from skm_kms.errors import (
    InvalidRequestError,
    NotFoundError,
    NotSupportedError,
    RequestError,
)

MAXIMUM_WAIT: Final = 30
"""Seconds that a read may wait for a newer version."""

_KEY: Final = re.compile(
    rf"/v1/keystores/(?P<keystore>{LABEL.pattern}\.{LABEL.pattern})/keys/(?P<key>{LABEL.pattern})"
    r"(?P<tail>/secret|:[a-zA-Z]+|/public-key)?"
)
_CALLS: Final = {
    ("GET", ""): "ReadMetadata",
    ("GET", "/secret"): "ReadSecret",
    ("PUT", "/secret"): "WriteSecret",
    ("POST", ":encrypt"): "Encrypt",
    ("POST", ":decrypt"): "Decrypt",
}
_TAILS: Final = frozenset(tail for _, tail in _CALLS)
_LATER: Final = frozenset(
    {
        ":rewrap",
        ":generateDataKey",
        ":sign",
        ":verify",
        ":hmac",
        ":verifyHmac",
        "/public-key",
    }
)
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Target:
    """A call on one key, and what its query asks for; `wait` in seconds."""

    operation: str
    keystore: str
    key: str
    version: int | None = None
    field: str | None = None
    after: int | None = None
    wait: int = 0


def parse_target(method: str, path: str, query: str) -> Target:
    """The call behind method, path and query; raises a RequestError that says what is wrong."""
    found = _KEY.fullmatch(path)
    if found is None:
        raise NotFoundError("there is no such path")
    keystore, key, tail = found["keystore"], found["key"], found["tail"] or ""
    operation = _CALLS.get((method, tail))
    if operation is None:
        raise _no_call(tail)
    if operation == "ReadSecret":
        return _read(keystore, key, query)
    if query:
        raise InvalidRequestError("this call takes no query")
    return Target(operation, keystore, key)


def _no_call(tail: str) -> RequestError:
    if tail in _LATER:
        return NotSupportedError("this version doesn't do that yet")
    if tail not in _TAILS:
        return NotFoundError("there is no such path")
    allowed = ", ".join(method for method, known in _CALLS if known == tail)
    detail = "the path doesn't take this method"
    return RequestError(detail, code="method_not_allowed", headers={"Allow": allowed})


def _read(keystore: str, key: str, query: str) -> Target:
    asked = _parameters(query)
    version = _number(asked, "version")
    after, wait = _number(asked, "after"), _number(asked, "wait") or 0
    name = asked.get("field")
    if wait > MAXIMUM_WAIT:
        raise InvalidRequestError(f"wait: at most {MAXIMUM_WAIT} seconds")
    if (version is not None and after is not None) or (wait and after is None):
        raise InvalidRequestError("wait goes with after, and after not with version")
    if name is not None and not FIELD.fullmatch(name):
        raise InvalidRequestError("field: is no name of a field")
    return Target("ReadSecret", keystore, key, version, name, after, wait)


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise InvalidRequestError("the query can't be read") from None
    for name, _ in pairs:
        if name not in ("after", "field", "version", "wait"):
            raise InvalidRequestError("the query may ask for after, field, version and wait only")
    if len({name for name, _ in pairs}) != len(pairs):
        raise InvalidRequestError("a parameter of the query stands twice")
    return dict(pairs)


def _number(asked: dict[str, str], name: str) -> int | None:
    text = asked.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise InvalidRequestError(f"{name}: must be a number of at most nine digits")
    return int(text)
