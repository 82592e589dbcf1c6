# SPDX-License-Identifier: Apache-2.0
"""The documents between the KMS and the system-key server."""

from typing import Annotated, Final

import msgspec

MAXIMUM_BODY: Final = 16 * 1024
MAXIMUM_WRAPPED: Final = 4096
"""Bytes of a wrapped key: 74 by a file, some hundred by a device."""
MAXIMUM_VERSION: Final = 4096
"""System keys an installation can ever have: one a day lasts eleven years."""
KEYS_PATH: Final = "/v1/system-keys"
ESTABLISHED_PATH: Final = "/v1/established"

Installation = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,64}\Z")]
Version = Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_VERSION)]
Wrapped = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAXIMUM_WRAPPED)]


class WrappedKey(msgspec.Struct, frozen=True):
    """One version of the system key, wrapped by the root key."""

    version: Version
    wrapped: Wrapped


class SystemKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the server keeps.

    `established` says that the KMS has once had a database with this installation in it.
    """

    installation: Installation | None
    keys: tuple[WrappedKey, ...]
    established: bool = False


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version to create."""

    installation: Installation
    version: Version
    wrapped: Wrapped


class Established(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word of the KMS that its database belongs to this installation."""

    installation: Installation
