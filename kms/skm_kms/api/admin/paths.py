# SPDX-License-Identifier: Apache-2.0
"""The parts of the admin plane's paths."""

from typing import Annotated

from fastapi import Path

from skm_common.resources.reading import LABEL

KeystoreName = Annotated[
    str,
    Path(
        pattern=rf"^{LABEL.pattern}\.{LABEL.pattern}$",
        description="`<namespace>.<name>`, both DNS labels",
    ),
]
Label = Annotated[str, Path(pattern=f"^{LABEL.pattern}$", description="a DNS label")]


def namespace_of(keystore: str) -> str:
    """The namespace part of a keystore's name."""
    return keystore.partition(".")[0]


def place_of(keystore: str, name: str | None = None) -> tuple[str, str]:
    """Namespace and name of the resource behind a path."""
    namespace, _, own = keystore.partition(".")
    return namespace, name or own
