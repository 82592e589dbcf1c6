# SPDX-License-Identifier: Apache-2.0
"""What the KMS knows, as frozen values; each has a table, an ID and a generation."""

from .administrator import ADMINISTRATOR, AUDITOR, GRANTABLE_ROLES, OPERATOR, Administrator
from .authority import Authority
from .identifier import AdministratorId, KeyId, KeystoreId, PolicyId, new_identifier
from .key import ENABLED, Key, KeyVersion
from .keystore import Keystore
from .origin import Binding, Origin
from .policy import Policy
from .session import SessionRecord

Record = Administrator | Authority | Key | KeyVersion | Keystore | Policy | SessionRecord
"""Anything that is a row."""

__all__ = [
    "ADMINISTRATOR",
    "AUDITOR",
    "ENABLED",
    "GRANTABLE_ROLES",
    "OPERATOR",
    "Administrator",
    "AdministratorId",
    "Authority",
    "Binding",
    "Key",
    "KeyId",
    "KeyVersion",
    "Keystore",
    "KeystoreId",
    "Origin",
    "Policy",
    "PolicyId",
    "Record",
    "SessionRecord",
    "new_identifier",
]
