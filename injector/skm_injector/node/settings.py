# SPDX-License-Identifier: Apache-2.0
"""The node agent's settings; each field is the variable `SKM_` + its name in capitals."""

from dataclasses import dataclass
from pathlib import Path

from skm_common import names


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the witnesses are, whom to report to, and how often."""

    node_name: str
    """The node's name (spec.nodeName by fieldRef). No default: reports name it."""

    node_ip: str
    """The node's InternalIP (status.hostIP by fieldRef). Reports leave from it; from a bridge's
    address the KMS would refuse them."""

    kms_namespace: str = names.NAMESPACE
    """The KMS's namespace: part of the name to resolve and of the name in its certificate."""

    kms_port: int = names.IDENTITY_PORT
    """Port of the identity plane."""

    results: Path = Path("/var/lib/cni/results")
    """libcni's result cache, which no runtime's setting moves; mounted read-only."""

    pod_interface: str = "eth0"
    """Name of a pod's main interface; those of secondary networks aren't the pod's address."""

    ca_file: Path = Path("/etc/skm/ca/ca.crt")
    """The internal CAs, read again for each connection."""

    token_file: Path = Path("/var/run/secrets/skm/token")
    """Token of audience `skm.dev/node`, renewed by the kubelet, read again for each report."""

    poll: float = 1.0
    """Seconds between two looks at the witnesses: how late a change is seen."""

    second_look: float = 0.05
    """Seconds after a probe until the second look: a local pod's kernel answers within one
    millisecond, and a new pod is attested without waiting for the next poll."""

    grace: float = 5.0
    """Seconds for which an attestation outlives a silent witness; a contradiction ends it."""

    heartbeat: float = 10.0
    """Seconds after which a report is sent though nothing changed; the KMS forgets after 60."""

    resolve: float = 5.0
    """Seconds between two questions for the replicas' addresses."""

    timeout: float = 5.0
    """Seconds until a replica that doesn't answer counts as away."""

    health_address: str = "127.0.0.1"
    """Where health and metrics are served. On the host's network any other address is the node's
    own, open to everybody who reaches the node; the kubelet's probes name `host: 127.0.0.1`."""

    health_port: int = names.NODE_HEALTH_PORT
    """Port of health and metrics: the host's, so not the 8081 that other programs like too."""

    @property
    def replicas_name(self) -> str:
        """The headless Service that resolves to every replica, ready or not."""
        return names.service_name(names.KMS_REPLICAS, self.kms_namespace)

    @property
    def server_name(self) -> str:
        """The name that a replica's certificate must carry, whatever its address."""
        return names.service_name(names.KMS, self.kms_namespace)
