# SPDX-License-Identifier: Apache-2.0
"""The pods of the play: what each is, as a manifest. All of them only wait to be told a script."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from skm_common import __version__, names

STAGE: Final = Path(__file__).with_name("manifests") / "stage.yaml"
NAMESPACE: Final = "rogues"
CONTAINER: Final = "app"
LABELS: Final = {"app": "orders"}
WAIT: Final = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit()); signal.pause()"


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod by what is peculiar to it."""

    name: str
    namespace: str = NAMESPACE
    inject: str | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: dict(LABELS))
    host_network: bool = False
    changes_interface: bool = False

    def manifest(self, registry: str) -> dict[str, Any]:
        """What is sent to the API server."""
        annotations = {names.INJECT: self.inject} if self.inject else {}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "labels": dict(self.labels),
                "annotations": annotations,
            },
            "spec": {
                "serviceAccountName": "orders-app",
                "terminationGracePeriodSeconds": 1,
                "hostNetwork": self.host_network,
                "containers": [self._container(registry)],
            },
        }

    def _container(self, registry: str) -> dict[str, Any]:
        return {
            "name": CONTAINER,
            "image": f"{registry}/skm-example-orders:{__version__}",
            "command": ["python3", "-c", WAIT],
            "securityContext": self._security(),
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
        }

    def _security(self) -> dict[str, Any]:
        if self.changes_interface:
            # A capability is effective for root only; nothing else of this pod is special.
            return {"runAsUser": 0, "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}}
        return {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
