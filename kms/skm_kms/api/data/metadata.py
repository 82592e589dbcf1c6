# SPDX-License-Identifier: Apache-2.0
"""What the data plane says about a key without its material."""

from typing import Any

from skm_kms.service.access import Grant


def key_metadata(grant: Grant) -> dict[str, Any]:
    """Name, kind and current version; the fields of a generated secret by their names only."""
    key = grant.key
    return {
        "id": key.id,
        "name": key.name,
        "keystore": grant.keystore.name,
        "kind": key.spec.material.kind,
        "algorithm": getattr(key.spec.material, "algorithm", None),
        "currentVersion": key.current_version or None,
    }
