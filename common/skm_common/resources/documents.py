# SPDX-License-Identifier: Apache-2.0
"""Reading back canonical documents: what `document()` of a spec wrote.

A canonical document differs from a spec in one way only: its durations are whole seconds.
"""

from collections.abc import Mapping
from typing import Any, Final

from skm_common.resources import reading
from skm_common.resources.errors import ResourceError
from skm_common.resources.translation import PARSERS, Spec

_DURATIONS: Final = ("factsMaxAge", "maxOffline", "deletionWaitingPeriod")


def read_document(kind: str, document: Mapping[str, Any]) -> Spec:
    """The typed spec behind a canonical document; raises ResourceError where it isn't one."""
    found = reading.mapping(document, "desired")
    spec = {name: _spelled(name, value) for name, value in found.items() if value is not None}
    parsed = PARSERS[kind](spec)
    if parsed.document() != dict(found):
        raise ResourceError("desired", "is not in canonical form; send what document() gives")
    return parsed


def _spelled(name: str, value: Any) -> Any:
    return f"{value}s" if name in _DURATIONS and isinstance(value, int) else value
