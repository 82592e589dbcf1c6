# SPDX-License-Identifier: Apache-2.0
"""An access policy as the KMS holds it: stored, authenticated, and bound to its keystore."""

from dataclasses import dataclass
from typing import ClassVar

from skm_common.resources import AccessPolicySpec

from .identifier import KeystoreId, PolicyId
from .origin import Origin


@dataclass(frozen=True, slots=True)
class Policy:
    """One access policy of a keystore; `origin` is None for an administrator's own."""

    table: ClassVar[str] = "policies"

    id: PolicyId
    generation: int
    keystore_id: KeystoreId
    name: str
    spec: AccessPolicySpec
    origin: Origin | None
    created_at: float
