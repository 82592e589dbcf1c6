# SPDX-License-Identifier: Apache-2.0
"""Settings of the install job; the environment variable is `SKM_` and the upper name."""

from dataclasses import dataclass

from skm_common import names


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them are set by the chart."""

    namespace: str = names.NAMESPACE
    """Namespace of the release, where the KMS's Secrets are made."""

    system_key_namespace: str = names.SYSTEM_KEY_NAMESPACE
    """Namespace of the system-key server; made if absent."""

    node_namespace: str = names.NODE_NAMESPACE
    """Namespace of the node agent; made if absent, labelled for privileged pods."""

    internal_ca_number: int = 1
    """Number of the internal CA to sign with. A higher one makes the next CA; those before it stay
    trusted while their Secrets exist."""

    patience: float = 180.0
    """Seconds for which an API server that does not answer is asked again; below the job's
    deadline, so that the job can still say what was wrong."""
