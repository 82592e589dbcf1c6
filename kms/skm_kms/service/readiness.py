# SPDX-License-Identifier: Apache-2.0
"""What the KMS needs, what of it is missing, and why: one place for probes, status and metrics."""

from dataclasses import dataclass, field
from typing import Final

INTERNAL_CA: Final = "internalCa"
CLUSTER: Final = "cluster"
ROOT_KEY: Final = "rootKey"
SYSTEM_KEY: Final = "systemKeyServer"
DATABASE: Final = "database"
AUDIT: Final = "audit"
PARTS: Final = (INTERNAL_CA, CLUSTER, ROOT_KEY, SYSTEM_KEY, DATABASE, AUDIT)


@dataclass(slots=True)
class Readiness:
    """Why each part is missing, in words for whoever operates the KMS; None where it is there.

    Once `serving`, the root key and the system-key server are only looked after: data is served
    from memory without them (DESIGN §2), so their absence shows here and unreadies nobody.
    """

    missing: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys(PARTS, "not reached yet: the KMS is starting")
    )
    serving: bool = False
    seen_cluster: bool = False
    """Whether the cluster has been seen whole: before that nobody could be let in."""

    def note(self, part: str, why: str | None) -> None:
        """A part is missing for this reason, or there (None)."""
        if why is None:
            self.missing.pop(part, None)
        else:
            self.missing[part] = why
        self.seen_cluster |= part == CLUSTER and why is None

    @property
    def ready(self) -> bool:
        """Whether callers should be sent here."""
        return self.serving and self.seen_cluster and not set(self.missing) & {DATABASE, AUDIT}
