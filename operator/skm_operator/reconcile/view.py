# SPDX-License-Identifier: Apache-2.0
"""What the KMS says about one of its objects, read from the admin plane's answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skm_common.names import keystore_name
from skm_common.resources import Desired
from skm_operator.conditions import Condition


@dataclass(frozen=True, slots=True)
class View:
    """One object of the KMS; `uid` and `resource_generation` name the custom resource behind it.

    `keystore` is the KMS's name of the keystore, `<namespace>.<name>`, also of one itself; `name`
    is the resource's. `destroy_at` is RFC 3339, `rotate_at` the annotation that was applied last.
    `orphaned`: its resource is gone and the object was kept.
    """

    kind: str
    keystore: str
    name: str
    id: str
    uid: str | None
    resource_generation: int | None
    document: Mapping[str, Any]
    current_version: int | None = None
    rotate_at: str | None = None
    destroy_at: str | None = None
    orphaned: bool = False
    conditions: tuple[Condition, ...] = ()

    def agrees(self, desired: Desired) -> bool:
        """Whether the KMS holds exactly this generation of this resource, and isn't ending it."""
        reference = desired.reference
        behind = (self.uid, self.resource_generation) == (reference.uid, reference.generation)
        kept = not self.orphaned and self.destroy_at is None
        return behind and kept and self.document == desired.document()

    @property
    def managed(self) -> bool:
        """Whether a custom resource stands behind the object, as far as the KMS knows."""
        return self.uid is not None and not self.orphaned and self.destroy_at is None


def read_view(kind: str, keystore: str, document: Mapping[str, Any]) -> View:
    """The view in an answer; raises KeyError or TypeError where it isn't one."""
    behind = document.get("resource") or {}
    return View(
        kind=kind,
        keystore=keystore,
        name=keystore.partition(".")[2] if kind == "Keystore" else document["name"],
        id=document["id"],
        uid=behind.get("uid"),
        resource_generation=behind.get("generation"),
        document=document["document"],
        current_version=document.get("currentVersion"),
        rotate_at=document.get("rotateAt"),
        destroy_at=document.get("destroyAt"),
        orphaned=bool(document.get("orphaned", False)),
        conditions=tuple(_condition(item) for item in document.get("conditions") or ()),
    )


def path_of(kind: str, keystore: str, name: str) -> str:
    """Where the admin plane keeps an object."""
    parts = {"Keystore": "", "Key": f"/keys/{name}", "AccessPolicy": f"/policies/{name}"}
    return f"/v1/keystores/{keystore}{parts[kind]}"


def keystore_of(kind: str, namespace: str, name: str, spec: Mapping[str, Any]) -> str:
    """The KMS's name of the keystore that a resource is, or belongs to."""
    own = name if kind == "Keystore" else spec.get("keystoreRef", {}).get("name", "")
    return keystore_name(namespace, own)


def _condition(document: Mapping[str, Any]) -> Condition:
    return Condition(
        document["type"], document["status"], document["reason"], document.get("message", "")
    )
