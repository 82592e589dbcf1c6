# SPDX-License-Identifier: Apache-2.0
"""Calls of the cluster's own kubectl as its administrator."""

import json
from pathlib import Path
from typing import Any

from .settings import Settings
from .shell import attempt, run


class Kubectl:
    """A kubectl of the matching version, bound to one cluster."""

    def __init__(self, settings: Settings, programs: Path) -> None:
        self._command: list[str | Path] = [
            programs / "kubectl",
            f"--kubeconfig={settings.kubeconfig}",
        ]

    def is_ready(self) -> bool:
        """Tell whether the API server says that it is ready."""
        done = attempt(*self._command, "get", "--raw=/readyz", "--request-timeout=5s")
        return done.returncode == 0

    def get(self, *what: str) -> list[dict[str, Any]]:
        """Return the items of a list of objects."""
        return list(json.loads(run(*self._command, "get", *what, "-o", "json"))["items"])

    def apply(self, manifest: str) -> None:
        """Apply a manifest of YAML or JSON documents, server-side."""
        run(
            *self._command, "apply", "--server-side", "--force-conflicts",
            "--field-manager=localcluster", "-f", "-",
            stdin=manifest,
        )  # fmt: skip

    def delete(self, *what: str) -> None:
        """Delete objects and wait until they are gone."""
        run(*self._command, "delete", "--timeout=30s", *what)
