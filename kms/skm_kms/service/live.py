# SPDX-License-Identifier: Apache-2.0
"""What the cluster says now about the resource behind an object (DESIGN §2).

Access narrows by the live resource without the operator: while it differs from what is stored, both
must allow a call, and a resource that is gone allows none.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from skm_common.resources import ResourceError, Spec, translate
from skm_kms.identity.facts import ResourceFact
from skm_kms.model import Origin

Lookup = Callable[[str, str, str], ResourceFact | None]
S = TypeVar("S", bound=Spec)

_KEPT: Final = 4096


class LiveResources:
    """The typed specs of live resources; each fact is translated once."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._translated: dict[tuple[str, str, str], tuple[ResourceFact, Spec | None]] = {}

    def spec(
        self, kind: str, namespace: str, name: str, origin: Origin | None, stored: S
    ) -> S | None:
        """The live spec of the resource behind an object, or None where it grants nothing.

        That is: it is gone or going, another one has taken its name, or it can't be read. An object
        without a resource behind it stands by its stored spec alone.
        """
        if origin is None:
            return stored
        fact = self._lookup(kind, namespace, name)
        if fact is None or fact.terminating or fact.uid != origin.uid:
            return None
        live = self._translate((kind, namespace, name), fact)
        return live if isinstance(live, type(stored)) else None

    def _translate(self, place: tuple[str, str, str], fact: ResourceFact) -> Spec | None:
        kept = self._translated.get(place)
        if kept is not None and kept[0] is fact:
            return kept[1]
        try:
            spec = translate(fact.document).spec
        except ResourceError:
            spec = None
        if len(self._translated) >= _KEPT:
            self._translated.clear()
        self._translated[place] = (fact, spec)
        return spec
