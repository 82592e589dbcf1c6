# SPDX-License-Identifier: Apache-2.0
"""Settings of the KMS server; the environment variable is `SKM_` and the upper name."""

from dataclasses import dataclass
from pathlib import Path

from skm_common import names


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them have the chart's values as defaults; times are in seconds."""

    namespace: str = names.NAMESPACE
    """Namespace of the release: the operator is looked for there."""

    pod_name: str = "skm-kms-0"
    """Name of this replica's pod: it names the replica's audit log."""

    data_directory: Path = Path("/var/lib/skm")
    """Where `state.db` and `audit/` lie; on this replica's own volume."""

    root_key_file: Path = Path("/etc/skm/root-key/root-key")
    """The file provider's root key, 32 bytes; read at each use."""

    internal_ca_directory: Path = Path("/etc/skm/internal-ca")
    """`tls.crt` and `tls.key` of the internal CA that signs this process's own certificates."""

    ca_file: Path = Path("/etc/skm/ca/ca.crt")
    """The internal CAs' certificates (PEM) that clients are told to trust."""

    admin_socket: Path = Path("/run/skm/admin.sock")
    """The Unix socket of `skm init`; only this process's own user may open it."""

    host: str = "0.0.0.0"  # noqa: S104
    """Address to listen on; every one, because a pod's address is not known before it runs."""

    data_port: int = names.DATA_PORT
    """Port of the data plane."""

    identity_port: int = names.IDENTITY_PORT
    """Port of the identity plane."""

    admin_port: int = names.ADMIN_PORT
    """Port of the admin plane."""

    health_port: int = names.HEALTH_PORT
    """Port of /healthz, /readyz and /metrics, plain HTTP."""

    kubeconfig: str = ""
    """A kubeconfig to reach the cluster by; empty = this pod's own ServiceAccount."""

    system_key_address: str = ""
    """host:port of the system-key server; empty = its Service."""

    operator_service_account: str = names.OPERATOR
    """Name of the ServiceAccount in `namespace` that has the operator's role: it is no row, so that
    nobody can grant it (DESIGN §2)."""

    operator_namespaces: str = ""
    """Comma-separated namespaces that the operator may act in; empty = every one."""

    session_seconds: float = 600
    """Life of a session certificate, at most 600: how long a copy of a session key can be used
    after its pod is gone and the KMS can't see the cluster."""

    administrator_days: int = 90
    """Life of an administrator's certificate in days; a new one is made by an administrator."""

    hot_path: bool = True
    """Whether encrypt, decrypt and plain reads are answered in the protocol. Without it they go the
    way of every other call: the same answers at half the speed, for comparison and for doubt."""

    retry_seconds: float = 2
    """How long a start waits before it tries again what was missing."""

    drain_seconds: float = 10
    """How long a stopping server waits for answers under way; below the pod's grace period."""

    log_level: str = "INFO"
    """Least severity that is logged: DEBUG, INFO, WARNING or ERROR."""

    @property
    def system_key_server(self) -> str:
        """host:port of the system-key server."""
        return self.system_key_address or f"{self.system_key_name}:{names.SYSTEM_KEY_PORT}"

    @property
    def system_key_name(self) -> str:
        """The name that the system-key server's certificate must carry."""
        return names.service_name(names.SYSTEM_KEY, names.SYSTEM_KEY_NAMESPACE)

    @property
    def audit_origin(self) -> str:
        """The name of this replica's audit log, as its checkpoints carry it."""
        return f"{names.GROUP}/audit/{self.pod_name}"

    @property
    def allowed_namespaces(self) -> frozenset[str] | None:
        """Where the operator may act; None = everywhere."""
        found = frozenset(part.strip() for part in self.operator_namespaces.split(",")) - {""}
        return found or None
