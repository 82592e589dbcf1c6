# SPDX-License-Identifier: Apache-2.0
"""Which live object stands behind a call: kind, namespace, name, UID and generation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from skm_common import names
from skm_common.resources import reading
from skm_common.resources.errors import ResourceError


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """A reference to one generation of one custom resource."""

    kind: str
    namespace: str
    name: str
    uid: str
    generation: int

    def document(self) -> dict[str, Any]:
        """The reference as it travels in a request."""
        return asdict(self)


def read_reference(resource: Mapping[str, Any]) -> ResourceRef:
    """The reference to a live custom resource; refuses a foreign kind or version."""
    if resource.get("apiVersion") != names.API_VERSION:
        raise ResourceError("apiVersion", f"must be {names.API_VERSION}")
    metadata = reading.mapping(resource.get("metadata"), "metadata")
    return parse_reference({"kind": resource.get("kind"), **_parts(metadata)})


def parse_reference(document: Mapping[str, Any]) -> ResourceRef:
    """The reference from a request's body."""
    reading.only(document, "resource", ("kind", "namespace", "name", "uid", "generation"))
    return ResourceRef(
        kind=reading.choice(document.get("kind"), "kind", names.PLURALS),
        namespace=reading.label(document.get("namespace"), "metadata.namespace"),
        name=reading.label(document.get("name"), "metadata.name"),
        uid=reading.text(document.get("uid"), "metadata.uid", maximum=64),
        generation=reading.integer(document.get("generation"), "metadata.generation", 1, 2**53),
    )


def _parts(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {name: metadata.get(name) for name in ("namespace", "name", "uid", "generation")}
