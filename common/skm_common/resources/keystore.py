# SPDX-License-Identifier: Apache-2.0
"""The Keystore resource (DESIGN §4): which methods every caller must pass, how keys are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from skm_common.resources import reading
from skm_common.resources.errors import NotSupportedError, ResourceError

HOUR: Final = 3600
DAY: Final = 24 * HOUR
METHODS: Final = ("clientCertificate", "ipv4", "mac")
EVIDENCE: Final = ("Declared", "NodeAttested")


@dataclass(frozen=True, slots=True)
class MacMethod:
    """The MAC method's choices: the least evidence for pods; may machines just say their MAC?"""

    minimum_evidence: str = "NodeAttested"
    accept_self_declared: bool = False


@dataclass(frozen=True, slots=True)
class Authentication:
    """The methods that a caller must pass: all that are selected, and at least one is."""

    client_certificate: bool
    ipv4: bool
    mac: MacMethod | None

    @property
    def selected(self) -> tuple[str, ...]:
        """The names of the selected methods, in DESIGN's order."""
        chosen = (self.client_certificate, self.ipv4, self.mac is not None)
        return tuple(name for name, on in zip(METHODS, chosen, strict=True) if on)

    def document(self) -> dict[str, Any]:
        """The methods in the resource's own form."""
        found: dict[str, Any] = {name: {} for name in self.selected}
        if self.mac is not None:
            found["mac"] = {
                "minimumEvidence": self.mac.minimum_evidence,
                "acceptSelfDeclared": self.mac.accept_self_declared,
            }
        return found


@dataclass(frozen=True, slots=True)
class KeystoreSpec:
    """What a Keystore asks for; durations in seconds, no `max_offline` means for the pod's life."""

    authentication: Authentication
    delivery: tuple[str, ...] = ("File",)
    on_termination: str = "Drain"
    facts_max_age: int = 30
    max_offline: int | None = None
    deletion_policy: str = "Retain"
    deletion_waiting_period: int = 168 * HOUR

    def document(self) -> dict[str, Any]:
        """The canonical form that operator and KMS compare; durations in seconds."""
        return {
            "authentication": self.authentication.document(),
            "delivery": list(self.delivery),
            "onTermination": self.on_termination,
            "factsMaxAge": self.facts_max_age,
            "maxOffline": self.max_offline,
            "deletionPolicy": self.deletion_policy,
            "deletionWaitingPeriod": self.deletion_waiting_period,
        }


_FIELDS: Final = (
    "authentication",
    "delivery",
    "onTermination",
    "factsMaxAge",
    "maxOffline",
    "approval",
    "deletionPolicy",
    "deletionWaitingPeriod",
)


def parse_keystore(spec: Mapping[str, Any]) -> KeystoreSpec:
    """The typed form of a Keystore's spec; raises ResourceError or NotSupportedError."""
    reading.only(spec, "spec", _FIELDS)
    if "approval" in spec:
        raise NotSupportedError("spec.approval")
    offline = spec.get("maxOffline")
    return KeystoreSpec(
        authentication=_authentication(spec.get("authentication")),
        delivery=_delivery(spec.get("delivery", ["File"])),
        on_termination=reading.choice(
            spec.get("onTermination", "Drain"), "spec.onTermination", ("Drain", "Revoke")
        ),
        facts_max_age=reading.seconds(spec.get("factsMaxAge", "30s"), "spec.factsMaxAge", 30, HOUR),
        max_offline=None
        if offline is None
        else reading.seconds(offline, "spec.maxOffline", 60, 366 * DAY),
        deletion_policy=reading.choice(
            spec.get("deletionPolicy", "Retain"), "spec.deletionPolicy", ("Retain", "Delete")
        ),
        deletion_waiting_period=reading.seconds(
            spec.get("deletionWaitingPeriod", "168h"), "spec.deletionWaitingPeriod", DAY, 366 * DAY
        ),
    )


def _authentication(document: Any) -> Authentication:
    found = reading.mapping(document, "spec.authentication")
    reading.only(found, "spec.authentication", METHODS)
    if not found:
        raise ResourceError("spec.authentication", f"select at least one of {', '.join(METHODS)}")
    for name in ("clientCertificate", "ipv4"):
        if name in found:
            field = f"spec.authentication.{name}"
            reading.only(reading.mapping(found[name], field), field, ())
    return Authentication(
        client_certificate="clientCertificate" in found,
        ipv4="ipv4" in found,
        mac=_mac(found["mac"]) if "mac" in found else None,
    )


def _mac(document: Any) -> MacMethod:
    field = "spec.authentication.mac"
    found = reading.mapping(document, field)
    reading.only(found, field, ("minimumEvidence", "acceptSelfDeclared"))
    least = found.get("minimumEvidence", "NodeAttested")
    machines = found.get("acceptSelfDeclared", False)
    return MacMethod(
        minimum_evidence=reading.choice(least, f"{field}.minimumEvidence", EVIDENCE),
        accept_self_declared=reading.boolean(machines, f"{field}.acceptSelfDeclared"),
    )


def _delivery(document: Any) -> tuple[str, ...]:
    ways = reading.items(document, "spec.delivery", maximum=2)
    chosen = [reading.choice(way, "spec.delivery", ("File", "Environment")) for way in ways]
    if "Environment" in chosen:
        raise NotSupportedError("spec.delivery: Environment")
    return tuple(sorted(set(chosen)))
