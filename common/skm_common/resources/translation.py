# SPDX-License-Identifier: Apache-2.0
"""The pure translation of a live custom resource into what the KMS is asked for.

Operator and KMS run this same function over the object that each has read by itself; the KMS
applies a call only if both results agree (DESIGN §2): the operator's word alone grants nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from skm_common.resources import reading
from skm_common.resources.access_policy import AccessPolicySpec, parse_access_policy
from skm_common.resources.key import KeySpec, parse_key
from skm_common.resources.keystore import KeystoreSpec, parse_keystore
from skm_common.resources.reference import ResourceRef, read_reference

Spec = KeystoreSpec | KeySpec | AccessPolicySpec

PARSERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Spec]]] = {
    "Keystore": parse_keystore,
    "Key": parse_key,
    "AccessPolicy": parse_access_policy,
}


@dataclass(frozen=True, slots=True)
class Desired:
    """What one generation of one resource asks the KMS for."""

    reference: ResourceRef
    spec: Spec

    def document(self) -> dict[str, Any]:
        """The canonical form of the spec, as it travels and is compared."""
        return self.spec.document()


def translate(resource: Mapping[str, Any]) -> Desired:
    """What a live resource asks for; raises ResourceError or NotSupportedError naming the field."""
    reference = read_reference(resource)
    spec = reading.mapping(resource.get("spec"), "spec")
    return Desired(reference, PARSERS[reference.kind](spec))
