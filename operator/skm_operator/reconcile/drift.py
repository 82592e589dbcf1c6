# SPDX-License-Identifier: Apache-2.0
"""What has drifted between the live resources and the KMS, in either place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skm_operator.reconcile.view import View, keystore_of


@dataclass(frozen=True, slots=True)
class Pair:
    """A live resource and the KMS's object of its name, if there is one."""

    resource: Mapping[str, Any]
    view: View | None


@dataclass(frozen=True, slots=True)
class Drift:
    """Every live resource beside its view, keystores first; and views whose resource is gone."""

    pairs: tuple[Pair, ...]
    vanished: tuple[View, ...]


_ORDER = {"Keystore": 0, "Key": 1, "AccessPolicy": 2}


def compare(resources: Sequence[Mapping[str, Any]], views: Iterable[View]) -> Drift:
    """Puts side by side; `views` must have been listed before `resources`.

    In that order a resource that is missing was deleted, and can't be one that is just too new. A
    terminating resource counts as gone: its access ends now, not when its last finalizer goes.
    """
    live = [item for item in resources if "deletionTimestamp" not in item["metadata"]]
    by_place = {(view.kind, view.keystore, view.name): view for view in views}
    uids = {item["metadata"]["uid"] for item in live}
    pairs = tuple(Pair(item, by_place.get(_place(item))) for item in sorted(live, key=_order))
    gone = (view for view in by_place.values() if view.managed and view.uid not in uids)
    return Drift(pairs, tuple(sorted(gone, key=lambda view: -_ORDER[view.kind])))


def _place(resource: Mapping[str, Any]) -> tuple[str, str, str]:
    metadata, kind = resource["metadata"], resource["kind"]
    keystore = keystore_of(kind, metadata["namespace"], metadata["name"], resource.get("spec", {}))
    return kind, keystore, metadata["name"]


def _order(resource: Mapping[str, Any]) -> tuple[int, str, str]:
    metadata = resource["metadata"]
    return _ORDER[resource["kind"]], metadata["namespace"], metadata["name"]
