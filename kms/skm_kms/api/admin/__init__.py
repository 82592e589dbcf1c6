# SPDX-License-Identifier: Apache-2.0
"""The admin plane (DESIGN §5): what administrators, auditors and the operator ask for."""

from .app import admin_app
from .audited import AuditedApp
from .callers import Gate
from .init import InitApp
from .objects import Objects
from .people import People, Registrar
from .records import Records
from .versions import Versions

__all__ = [
    "AuditedApp",
    "Gate",
    "InitApp",
    "Objects",
    "People",
    "Records",
    "Registrar",
    "Versions",
    "admin_app",
]
