# SPDX-License-Identifier: Apache-2.0
"""The annotations of a pod (DESIGN §4) as typed values; whatever isn't known is refused.

An annotation that is passed over in silence would promise what nobody does: a misspelt one is a
pod without its secrets. Labels under our prefix mean nothing and are refused for the same reason.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from skm_common import names
from skm_injector.webhook.errors import Check, RefusalError

MOST_KEYS: Final = 32

_NAME: Final = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_KEY: Final = re.compile(f"(?:({_NAME})/)?({_NAME})")
_PATH: Final = re.compile(r"(/[A-Za-z0-9_.-]+){1,32}")
_RESERVED_PATHS: Final = ("/dev", "/etc", "/proc", "/sys", "/var/run/secrets/kubernetes.io")

_ON_DENIED: Final = ("wipe", "keep")
_CHOICES: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    names.MODE: (("file",), ("env", "both")),
    names.LIFECYCLE: (("sidecar",), ("init",)),
    names.ON_CHANGE: (("none",), ("restart", "signal:<SIG>")),
    names.RUN_AS_SAME_USER: (("false",), ("true",)),
    names.ON_DENIED: (_ON_DENIED, ()),
}
"""Annotation → the values served (the first is the default), and those that are to come."""

_OTHERS: Final = (names.INJECT, names.PATH, names.CONTAINERS, names.CREATED_LABELS, names.ENV)


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A key as the author named it; without a keystore the Key resource says which it is."""

    keystore: str | None
    key: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a pod's annotations ask for; `containers` is None for all app containers."""

    keys: tuple[KeyRequest, ...]
    path: str
    containers: tuple[str, ...] | None
    on_denied: str


def parse(annotations: Mapping[str, str], labels: Iterable[str]) -> Wishes | None:
    """The wishes, or None if injection isn't asked for; raises RefusalError."""
    ours = {name: text for name, text in annotations.items() if _is_ours(name)}
    for name in labels:
        if _is_ours(name):
            raise RefusalError(Check.LABEL, f"{name} is no label; write it as an annotation")
    for name in ours:
        _known(name)
    if names.INJECT not in ours:
        _without_inject(ours)
        return None
    for name, (served, coming) in _CHOICES.items():
        _choice(name, ours.get(name, served[0]), served, coming)
    return Wishes(
        keys=_keys(ours[names.INJECT]),
        path=_path(ours.get(names.PATH, names.DEFAULT_PATH)),
        containers=_containers(ours.get(names.CONTAINERS)),
        on_denied=ours.get(names.ON_DENIED, _ON_DENIED[0]),
    )


def _is_ours(name: str) -> bool:
    return name.startswith(names.ANNOTATION_PREFIX)


def _known(name: str) -> None:
    if name == names.ENV or name.startswith(names.TEMPLATE_PREFIX):
        raise _refused(f"{name} is not supported by this version yet; remove it and read the files")
    known = (*_CHOICES, *_OTHERS)
    if name not in known:
        words = [each.removeprefix(names.ANNOTATION_PREFIX) for each in known]
        near = get_close_matches(name.removeprefix(names.ANNOTATION_PREFIX), words, n=1)
        hint = (
            f"did you mean {names.ANNOTATION_PREFIX}{near[0]}?"
            if near
            else f"known are {', '.join(sorted(known))}"
        )
        raise _refused(f"{name} is unknown; {hint}")


def _without_inject(ours: Mapping[str, str]) -> None:
    for name in ours:
        if name != names.CREATED_LABELS:
            raise _refused(
                f"{name} has no effect without {names.INJECT}; "
                f"add {names.INJECT}: <keystore>/<key>, or remove it"
            )


def _choice(name: str, text: str, served: tuple[str, ...], coming: tuple[str, ...]) -> None:
    if text in served:
        return
    wording = " or ".join(served)
    if text in coming or (name == names.ON_CHANGE and text.startswith("signal:")):
        raise _refused(
            f"{name}: {text} is not supported by this version yet; write {name}: {wording}"
        )
    near = get_close_matches(text, (*served, *coming), n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise _refused(f"{name} must be {wording}, not {_shown(text)}{hint}")


def _keys(text: str) -> tuple[KeyRequest, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not 1 <= len(parts) <= MOST_KEYS:
        raise _refused(f"{names.INJECT} names {len(parts)} keys; at most {MOST_KEYS} are possible")
    keys = tuple(_key(part) for part in parts)
    for request in keys:
        if sum(other.key == request.key for other in keys) > 1:
            raise _refused(f"{names.INJECT} names the key {request.key} twice; remove one")
    return keys


def _key(text: str) -> KeyRequest:
    found = _KEY.fullmatch(text)
    if found is None:
        raise _refused(
            f"{names.INJECT} must be <keystore>/<key> or <key>, several with commas between, "
            f"not {_shown(text)}; for example orders/orders-db"
        )
    return KeyRequest(found[1], found[3])


def _path(text: str) -> str:
    segments = text.split("/")
    if len(text) > 255 or not _PATH.fullmatch(text) or {".", ".."} & set(segments):
        raise _refused(
            f"{names.PATH} must be an absolute path of letters, digits, '_', '.' and '-', without "
            f"a slash at its end, for example {names.DEFAULT_PATH}; not {_shown(text)}"
        )
    for reserved in _RESERVED_PATHS:
        if text == reserved or text.startswith(f"{reserved}/"):
            raise _refused(f"{names.PATH} can't be below {reserved}; use {names.DEFAULT_PATH}")
    return text


def _containers(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    chosen = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not chosen:
        raise _refused(f"{names.CONTAINERS} names none; name one, or remove it to mean all")
    return chosen


def _shown(text: str) -> str:
    return repr(text[:80])


def _refused(message: str) -> RefusalError:
    return RefusalError(Check.ANNOTATION, message)
