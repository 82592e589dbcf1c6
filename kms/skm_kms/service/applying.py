# SPDX-License-Identifier: Apache-2.0
"""An operator's call, held against the cluster (DESIGN §2): its word alone grants nothing."""

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from skm_common.names import ROTATE_AT
from skm_common.resources import (
    Desired,
    ResourceError,
    ResourceRef,
    Spec,
    parse_reference,
    read_document,
    translate,
)
from skm_common.resources import (
    NotSupportedError as NotBuiltError,
)
from skm_kms.errors import ConflictError, InvalidRequestError, NotSupportedError, UnavailableError
from skm_kms.identity.errors import KubeError
from skm_kms.identity.facts import ResourceFact
from skm_kms.model import Key, Origin

from .core import Core

P = ParamSpec("P")
R = TypeVar("R")


async def confirm(
    core: Core, kind: str, place: tuple[str, str], resource: Mapping[str, Any], desired: object
) -> Desired:
    """What the live resource asks for, if the call says the same of the same generation.

    `place` is namespace and name in the call's path. Raises ConflictError where call and cluster
    differ, naming both generations; the caller reads again.
    """
    reference = read_call(kind, place, resource)
    live = await read_live(core, kind, place)
    if live is None or live.terminating:
        raise ConflictError(f"{kind} {'/'.join(place)} isn't in the cluster, or is being deleted")
    if (live.uid, live.generation) != (reference.uid, reference.generation):
        raise ConflictError(
            f"the call names generation {reference.generation} of {reference.uid}, the cluster "
            f"has generation {live.generation} of {live.uid}"
        )
    wanted = _translated(live)
    if wanted.document() != desired:
        raise ConflictError(
            f"the call's document isn't that of generation {live.generation} in the cluster"
        )
    return wanted


async def confirm_rotation(
    core: Core, key: Key, place: tuple[str, str], resource: Mapping[str, Any], rotate_at: str
) -> None:
    """That the live Key behind `key` carries this very annotation `skm.dev/rotate-at`."""
    reference = read_call("Key", place, resource)
    if key.origin is None or key.origin.uid != reference.uid:
        raise ConflictError(f"Key {'/'.join(place)} doesn't stand behind the key of this name")
    live = await read_live(core, "Key", place)
    if live is None or live.terminating or live.uid != reference.uid:
        raise ConflictError(f"Key {'/'.join(place)} isn't in the cluster, or is another one")
    annotations = live.document["metadata"].get("annotations", {})
    if annotations.get(ROTATE_AT) != rotate_at:
        raise ConflictError(f"the Key in the cluster has another {ROTATE_AT} than the call says")


async def read_live(core: Core, kind: str, place: tuple[str, str]) -> ResourceFact | None:
    """The resource as the API server has it now, never from what was seen before."""
    try:
        return await core.cluster.live_resource(kind, *place)
    except KubeError as error:
        raise UnavailableError(
            "the API server can't be asked about the resource behind this call now"
        ) from error


def read_call(kind: str, place: tuple[str, str], resource: Mapping[str, Any]) -> ResourceRef:
    """The reference in a call, which must name the object of its path."""
    reference = _checked(parse_reference, resource)
    if (reference.kind, reference.namespace, reference.name) != (kind, *place):
        raise InvalidRequestError("resource: names another object than the path")
    return reference


def read_desired(kind: str, document: Mapping[str, Any]) -> Spec:
    """The spec in an administrator's call; raises InvalidRequestError or NotSupportedError."""
    return _checked(read_document, kind, document)


def origin_of(reference: ResourceRef) -> Origin:
    """The part of a reference that an object keeps."""
    return Origin(reference.uid, reference.generation)


def _translated(live: ResourceFact) -> Desired:
    return _checked(translate, live.document)


def _checked(read: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """What a reader of skm_common.resources gives, with its errors as answers."""
    try:
        return read(*arguments, **named)
    except NotBuiltError as error:
        raise NotSupportedError(str(error)) from None
    except ResourceError as error:
        raise InvalidRequestError(str(error)) from None
