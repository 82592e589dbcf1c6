# SPDX-License-Identifier: Apache-2.0
"""The operator's settings; each is read from the environment as `SKM_` and its upper-case name."""

from dataclasses import dataclass
from pathlib import Path

from skm_common import names


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation chooses."""

    namespace: str = names.NAMESPACE
    """The namespace of KMS, operator and webhook; the chart gives the release's."""

    pod_name: str = names.OPERATOR
    """Who holds the lease; the chart gives the pod's name."""

    kms_url: str = ""
    """Where the admin plane answers; empty means Service skm-kms in `namespace`, whose name the
    KMS's certificate must carry in any case."""

    kms_ca: Path = Path("/etc/skm/ca/ca.crt")
    """The bundle of internal CAs, read again when it changes: CAs overlap while they rotate."""

    kms_token: Path = Path("/var/run/secrets/skm/token")
    """The projected token of audience skm.dev/admin, read anew for each call: it is renewed."""

    kubeconfig: str = ""
    """A kubeconfig for a run outside the cluster; empty means the pod's ServiceAccount."""

    health_address: str = "0.0.0.0"  # noqa: S104 - the kubelet probes the pod's address.
    """Where health and metrics are served, plain HTTP."""

    health_port: int = names.HEALTH_PORT
    """Port of health and metrics; 0 takes a free one."""

    drift_interval: float = 20.0
    """Seconds between two comparisons of all resources with the KMS; a drift must be put right
    within 60 s, so that two comparisons in a row may fail."""

    kms_timeout: float = 15.0
    """Seconds for one call to the KMS; it answers in milliseconds unless its disk is slow."""

    concurrency: int = 8
    """Objects and calls to the KMS at a time: enough to fill it, too few to crowd out the data
    plane, or this process's own renewal of its lease."""

    lease_seconds: float = 15.0
    """How long a lease holds without renewal; another operator takes over after that."""

    pki_interval: float = 30.0
    """Seconds between two looks at the webhook's certificates."""
