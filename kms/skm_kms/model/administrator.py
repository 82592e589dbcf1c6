# SPDX-License-Identifier: Apache-2.0
"""An administrator: a name, a role, and the one certificate that proves both."""

from dataclasses import dataclass
from typing import ClassVar, Final

from .identifier import AdministratorId

ADMINISTRATOR: Final = "administrator"
AUDITOR: Final = "auditor"
OPERATOR: Final = "operator"
GRANTABLE_ROLES: Final = (ADMINISTRATOR, AUDITOR)
"""Roles that a row can grant; the operator's is granted by the KMS's own settings only."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """One person's row; `certificate` is the SHA-256 of its DER form, in hexadecimal.

    A certificate of the right CA without such a row proves nothing: deleting the row ends it.
    """

    table: ClassVar[str] = "administrators"

    id: AdministratorId
    generation: int
    name: str
    role: str
    certificate: str
    created_at: float
    expires_at: float
