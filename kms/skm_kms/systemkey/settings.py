# SPDX-License-Identifier: Apache-2.0
"""Settings of the system-key server; the environment variable is `SKM_` and the upper name."""

from dataclasses import dataclass
from pathlib import Path

from skm_common import names


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them have the chart's values as defaults."""

    host: str = "0.0.0.0"  # noqa: S104
    """Address to listen on; every one, because a pod's address is not known before it runs."""

    port: int = names.SYSTEM_KEY_PORT
    """Port of the mutual-TLS plane."""

    health_port: int = names.HEALTH_PORT
    """Port of /healthz, /readyz and /metrics, plain HTTP."""

    directory: Path = Path("/var/lib/skm/system-keys")
    """Where wrapped system keys are kept; on the volume that helm keeps."""

    ca_file: Path = Path("/etc/skm/ca/ca.crt")
    """The internal CAs' certificates (PEM); looked at again every `ca_interval` seconds."""

    token_file: Path = Path("/var/run/secrets/skm/token")
    """The pod's projected token of audience skm.dev/internal; the kubelet replaces it."""

    kms_namespace: str = names.NAMESPACE
    """Namespace of the KMS: names the server whose certificate is accepted."""

    identity_address: str = ""
    """host:port of the KMS's identity plane; empty = its headless Service, which also leads to
    replicas that are not ready, because the first one waits for this server."""

    retry_first: float = 1.0
    """Seconds before a failed request for a certificate is tried again; doubles each time, so that
    a starting KMS is found soon."""

    retry_most: float = 30.0
    """Seconds at most between two tries; there is no last one."""

    ca_interval: float = 30.0
    """Seconds between two looks at `ca_file`: how late a new CA is trusted."""

    @property
    def identity_url(self) -> str:
        """The base URL of the identity plane."""
        service = names.service_name(names.KMS_REPLICAS, self.kms_namespace)
        return f"https://{self.identity_address or f'{service}:{names.IDENTITY_PORT}'}"

    @property
    def kms_name(self) -> str:
        """The name that the KMS's certificate must carry."""
        return names.service_name(names.KMS, self.kms_namespace)
