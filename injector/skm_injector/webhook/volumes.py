# SPDX-License-Identifier: Apache-2.0
"""The two volumes: secrets in memory for the chosen containers, identity for the agent only."""

from typing import Any, Final

from skm_common import names

SIZE: Final = "8Mi"
"""32 keys of 32 KiB in two versions are 2 MiB; escaping and small fields round up to pages."""

TOKEN_LIFE: Final = 600
"""Seconds: the shortest that Kubernetes allows; the kubelet renews it."""


def secrets_volume() -> dict[str, Any]:
    """An emptyDir in memory: a tmpfs, `noswap` where the node has it."""
    return {"name": names.SECRETS_VOLUME, "emptyDir": {"medium": "Memory", "sizeLimit": SIZE}}


def identity_volume() -> dict[str, Any]:
    """The pod-bound token with which the agent asks for its first certificate."""
    token = {
        "audience": names.AUDIENCE_POD,
        "expirationSeconds": TOKEN_LIFE,
        "path": "token",
    }
    projected = {"sources": [{"serviceAccountToken": token}], "defaultMode": 0o644}
    return {"name": names.IDENTITY_VOLUME, "projected": projected}
