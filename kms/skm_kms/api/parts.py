# SPDX-License-Identifier: Apache-2.0
"""What stands before the KMS is unlocked: its certificates, the cluster's facts, identity."""

from dataclasses import dataclass

from skm_kms.identity import Facts, Identity
from skm_kms.rootkey import RootKeyProvider
from skm_kms.service.late import LateState
from skm_kms.systemkey import SystemKeyClient

from .certificates import Certificates


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one process."""

    certificates: Certificates
    facts: Facts
    identity: Identity
    late: LateState
    provider: RootKeyProvider
    system_keys: SystemKeyClient
