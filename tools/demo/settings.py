# SPDX-License-Identifier: Apache-2.0
"""How and where the demonstration runs; each field is an environment variable of `make demo`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.errors import RefusedError

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to; raises nothing, `read_settings` has checked."""

    cluster: str = "local"
    """CLUSTER: `local` makes a cluster on this machine, `current` takes kubectl's context."""

    name: str = "demo"
    """NAME: the local cluster's name. Tests have their own, so that a running demo survives."""

    yes: bool = False
    """YES=1: touch the current context without asking."""

    registry: str = ""
    """REGISTRY: where the images are pushed, for a cluster that is neither local nor kind."""

    network: str = ""
    """NETWORK: `bridge` or `ptp`, for a local cluster that doesn't exist yet; empty = bridge."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings; raises RefusedError for a cluster that is neither local nor current."""
    cluster = environment.get("CLUSTER") or "local"
    if cluster not in ("local", "current"):
        raise RefusedError(f"CLUSTER must be local or current, not {cluster!r}.")
    return Settings(
        cluster=cluster,
        name=environment.get("NAME") or "demo",
        yes=environment.get("YES") == "1",
        registry=environment.get("REGISTRY", "").rstrip("/"),
        network=environment.get("NETWORK", ""),
    )
