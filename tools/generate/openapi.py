# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.json: the admin plane's OpenAPI document, from the app that the KMS serves."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

from skm_kms.api.admin import Objects, People, Records, Versions
from skm_kms.api.admin.app import admin_app

TARGET: Final = Path("docs/openapi.json")
_NOTHING: Final = cast(Any, SimpleNamespace(log=None))
"""Stands for state, gate and ledger: a document describes routes and asks none of them."""


def openapi_document() -> dict[Path, str]:
    """The document that `GET /openapi.json` answers with."""
    rooms = (
        Objects(_NOTHING, _NOTHING),
        Versions(_NOTHING, _NOTHING),
        People(_NOTHING, _NOTHING),
        Records(_NOTHING, _NOTHING, _NOTHING, "", protected=False),
    )
    document = admin_app(_NOTHING, [room.router() for room in rooms]).openapi()
    return {TARGET: json.dumps(document, indent=2, sort_keys=True) + "\n"}
