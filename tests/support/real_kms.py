# SPDX-License-Identifier: Apache-2.0
"""A real KMS beside a real API server, for suites that have both: only kubelets are played."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from apiserver_harness import ApiServer
from kms_harness import Installation

from skm_common import names

NODE = "operator-node"
ADDRESS = "127.0.0.1"


class _Cluster:
    """What `Installation` asks of its double, answered by the real server."""

    def __init__(self, server: ApiServer) -> None:
        self.server = server

    def start(self) -> None:
        """It runs already."""

    def stop(self) -> None:
        """It runs on."""

    def kubeconfig(self, path: Path) -> Path:
        """With the rights of the chart, for the KMS's own ServiceAccount."""
        account = self.server.account(names.NAMESPACE, names.KMS)
        path.write_text(self.server.kubeconfig(account).read_text())
        return path


@dataclass
class RealKms(Installation):
    """The installation; its operator is the pod skm-operator-0 with address 127.0.0.1."""

    server: ApiServer = field(kw_only=True)

    @classmethod
    def beside(cls, server: ApiServer, place: Path) -> Self:
        """One under a directory, not prepared yet."""
        return cls(place, cluster=_Cluster(server), server=server)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """Where the admin plane listens."""
        return f"https://{ADDRESS}:{self.ports['admin']}"

    @property
    def ca_file(self) -> Path:
        """The internal CAs."""
        return self.place / "ca/ca.crt"

    @property
    def token_file(self) -> Path:
        """The operator's token."""
        return self.place / "operator-token"

    def start(self) -> None:
        """Starts everything, and gives the operator its pod and token."""
        super().start()
        # Both pods come from the same address of this machine: one after the other.
        self._remove(names.SYSTEM_KEY_NAMESPACE, "skm-system-key-0")
        pod = self._running(names.NAMESPACE, "skm-operator-0", names.OPERATOR)
        token = self.server.token(
            names.NAMESPACE, names.OPERATOR, audience=names.AUDIENCE_ADMIN, pod=pod
        )
        self.token_file.write_text(token)

    def _populate(self) -> None:
        for namespace in (names.SYSTEM_KEY_NAMESPACE, names.NODE_NAMESPACE):
            self.server.namespace(namespace)
        self.server.service_account(names.SYSTEM_KEY_NAMESPACE, names.SYSTEM_KEY)
        self.server.admin.create("/api/v1/nodes", {"metadata": {"name": NODE}})
        own = (names.SYSTEM_KEY_NAMESPACE, "skm-system-key-0", names.SYSTEM_KEY)
        token = self.server.token(
            own[0], own[2], audience=names.AUDIENCE_INTERNAL, pod=self._running(*own)
        )
        (self.place / "token").write_text(token)

    def _running(self, namespace: str, name: str, account: str) -> dict[str, Any]:
        """A pod, as its kubelet reports it."""
        body = {
            "metadata": {"name": name},
            "spec": {
                "nodeName": NODE,
                "serviceAccountName": account,
                "containers": [{"name": "a", "image": "a"}],
            },
        }
        folder = f"/api/v1/namespaces/{namespace}/pods"
        pod = self.server.admin.must("POST", folder, body)
        status = {"phase": "Running", "podIP": ADDRESS, "podIPs": [{"ip": ADDRESS}]}
        path = f"{folder}/{name}/status"
        assert self.server.node(NODE).patch(path, {"status": status}).status == 200
        return pod

    def _remove(self, namespace: str, name: str) -> None:
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        assert self.server.admin.delete(path, grace=0).status == 200
