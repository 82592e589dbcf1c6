# SPDX-License-Identifier: Apache-2.0
"""How a starting KMS comes to its system keys (DESIGN §2).

| system-key server | database | |
|---|---|---|
| empty | empty | first start: an installation ID and system key 1 are made and stored there |
| has keys, not established | empty | a first start was killed: it goes on with those |
| has keys | the same installation | an ordinary start |
| empty, or another installation | has an installation | loss |
| has keys, established | empty | loss |

The system key is stored before the database's first row, and the server is told that the
installation is established after it, so that a first start can be killed at any step. Nothing is
written but by the first line of the table.
"""

from contextlib import suppress
from typing import Final

from skm_kms.crypto import Keyring, Random, SystemKey, framed
from skm_kms.rootkey import RootKeyProvider, WrongRootKeyError

from .client import SystemKeyClient
from .errors import ConflictError, LossError, UnreachableError
from .wire import SystemKeys

_DOMAIN: Final = b"skm.dev/system-key/v1"
_INSTALLATION_BYTES: Final = 16


async def establish(
    provider: RootKeyProvider,
    client: SystemKeyClient,
    database_installation: str | None,
    random: Random,
) -> Keyring:
    """The keyring of this installation; `database_installation` is None for an empty database.

    Raises LossError, RootKeyError or UnreachableError, with no data touched. After the first
    commit of a new database, call `client.confirm(keyring.installation)`.
    """
    held = await client.list()
    if held.installation is None and database_installation is None:
        held = await _first_start(provider, client, random)
    installation = _belonging(held, database_installation)
    keyring = _unwrapped(provider, installation, held, random)
    if database_installation is not None and not held.established:
        await client.confirm(installation)
    return keyring


def wrapping_context(installation: str, version: int) -> bytes:
    """The associated data under which a system key is wrapped: it opens in no other place."""
    return framed(_DOMAIN, installation.encode(), version.to_bytes(4, "big"))


async def _first_start(
    provider: RootKeyProvider, client: SystemKeyClient, random: Random
) -> SystemKeys:
    installation = random(_INSTALLATION_BYTES).hex()
    key = SystemKey.generate(1, random)
    context = wrapping_context(installation, key.version)
    wrapped = provider.wrap(key.material.reveal(), context)
    # On a conflict another replica was first: what it stored counts, this key was never used.
    with suppress(ConflictError):
        await client.create(installation, key.version, wrapped)
    # What counts is what the server has now, not what was sent.
    held = await client.list()
    if held.installation is None:
        raise UnreachableError("the system-key server did not keep the first system key")
    return held


def _belonging(held: SystemKeys, database_installation: str | None) -> str:
    if held.installation is None:
        raise LossError(
            "the database has data but the system-key server is empty; restore its volume, "
            "without its system keys the data cannot be read"
        )
    if database_installation is None and held.established:
        raise LossError(
            "the system-key server serves an installation whose database is gone; restore the "
            "database's volume from a backup"
        )
    if database_installation not in (None, held.installation):
        raise LossError(
            "the database and the system-key server are of different installations; restore the "
            "volume that belongs to the other"
        )
    return held.installation


def _unwrapped(
    provider: RootKeyProvider, installation: str, held: SystemKeys, random: Random
) -> Keyring:
    keys = []
    for key in held.keys:
        material = provider.unwrap(key.wrapped, wrapping_context(installation, key.version))
        try:
            keys.append(SystemKey.from_material(key.version, material))
        except ValueError:
            raise WrongRootKeyError("what the root key opened is no system key") from None
    if [key.version for key in held.keys] != list(range(1, len(keys) + 1)):
        raise LossError("the system-key server lacks a version of the system key")
    return Keyring(installation, keys, random)
