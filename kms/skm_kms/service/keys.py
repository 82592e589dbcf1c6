# SPDX-License-Identifier: Apache-2.0
"""Keys and their versions: made, changed, rotated, and set by hand."""

from dataclasses import replace
from datetime import datetime

from skm_common.resources import GeneratedSecret, KeySpec, ManagedSecret, SymmetricKey
from skm_kms.errors import ConflictError, InvalidRequestError, NotFoundError
from skm_kms.model import ENABLED, Key, KeyId, Keystore, KeyVersion, Origin, new_identifier

from .core import Core
from .keystores import check_may_change, check_same_place, find_keystore
from .secret_value import check_secret
from .vault import SecretValue


def find_key(core: Core, keystore_name: str, name: str) -> Key:
    """The key of a name; raises NotFoundError."""
    keystore = find_keystore(core, keystore_name)
    key = core.state.tables.key(keystore.id, name)
    if key is None:
        raise NotFoundError(f"there is no key {name} in keystore {keystore_name}")
    return key


async def put_key(
    core: Core, keystore_name: str, name: str, spec: KeySpec, origin: Origin | None
) -> Key:
    """Make a key with its first version, or bring it to `spec`; the same again changes nothing.

    Kind and algorithm never change. New fields of a generated secret come with the next rotation.
    """
    binding = core.place(keystore_name.partition(".")[0])
    async with core.state.writing:
        keystore = find_keystore(core, keystore_name)
        check_same_place(keystore, binding)
        standing = core.state.tables.key(keystore.id, name)
        if standing is None:
            return await _make(core, keystore, name, spec, origin)
        check_may_change("key", standing.origin, origin)
        _check_same_kind(standing.spec, spec)
        wanted = replace(standing, spec=spec, origin=origin, orphaned=False, destroy_at=None)
        if wanted == standing:
            return standing
        wanted = replace(wanted, generation=standing.generation + 1)
        await core.state.commit(wanted)
        return wanted


async def rotate_key(
    core: Core, key_id: KeyId, rotate_at: str | None = None, expected: int | None = None
) -> Key:
    """Add a version to a generated secret or a symmetric key.

    `rotate_at` is the resource's annotation: each of its values rotates once, when it has come.
    With `expected` only if that is the current version; else ConflictError.
    """
    async with core.state.writing:
        key = _usable(core, key_id)
        if rotate_at is not None and not _due(core, key, rotate_at):
            return key
        _check_expected(key, expected)
        if isinstance(key.spec.material, ManagedSecret):
            raise ConflictError("this secret is set by hand; give it a new value instead")
        sealed = _generate(core, key, key.current_version + 1)
        return await _add_version(core, replace(key, rotate_at=rotate_at or key.rotate_at), sealed)


async def set_secret(core: Core, key_id: KeyId, secret: SecretValue, expected: int | None) -> Key:
    """Add a version with this value to a managed secret.

    With `expected` only if that is the current version (0: there is none); else ConflictError.
    """
    check_secret(secret)
    async with core.state.writing:
        key = _usable(core, key_id)
        if not isinstance(key.spec.material, ManagedSecret):
            raise ConflictError("this key's value is made inside the KMS; rotate it instead")
        _check_expected(key, expected)
        sealed = core.vault.seal_secret(key.id, key.current_version + 1, secret)
        return await _add_version(core, key, sealed)


async def _make(
    core: Core, keystore: Keystore, name: str, spec: KeySpec, origin: Origin | None
) -> Key:
    if keystore.destroy_at is not None:
        raise ConflictError(f"keystore {keystore.name} is scheduled for destruction")
    _check_not_elsewhere(core, origin)
    key = Key(
        id=KeyId(new_identifier("key", core.state.keyring.random)),
        generation=1,
        keystore_id=keystore.id,
        name=name,
        spec=spec,
        origin=origin,
        created_at=core.clock.now(),
    )
    if isinstance(spec.material, ManagedSecret):
        await core.state.commit(key)
        return key
    key = replace(key, current_version=1)
    await core.state.commit(key, _version(core, key.id, 1, _generate(core, key, 1)))
    return key


def _check_not_elsewhere(core: Core, origin: Origin | None) -> None:
    """One resource stands behind one key: its keystore never changes."""
    for key in core.state.tables.all_keys():
        if origin is not None and key.origin is not None and key.origin.uid == origin.uid:
            raise ConflictError("the resource stands behind a key of another keystore already")


def _check_same_kind(standing: KeySpec, wanted: KeySpec) -> None:
    same = type(standing.material) is type(wanted.material)
    if same and isinstance(standing.material, SymmetricKey):
        same = standing.material == wanted.material
    if not same:
        raise ConflictError("a key's kind and algorithm never change; make a new key")


async def _add_version(core: Core, key: Key, sealed: bytes) -> Key:
    number = key.current_version + 1
    wanted = replace(key, current_version=number, generation=key.generation + 1)
    await core.state.commit(wanted, _version(core, key.id, number, sealed))
    return wanted


def _version(core: Core, key_id: KeyId, number: int, sealed: bytes) -> KeyVersion:
    return KeyVersion(key_id, number, 1, ENABLED, core.clock.now(), sealed)


def _generate(core: Core, key: Key, number: int) -> bytes:
    material = key.spec.material
    if isinstance(material, GeneratedSecret):
        return core.vault.generate_secret(key.id, number, material)
    if isinstance(material, SymmetricKey):
        return core.vault.generate_symmetric(key.id, number, material)
    raise ConflictError("a managed secret is never generated")


def _usable(core: Core, key_id: KeyId) -> Key:
    key = core.state.tables.key_by_id(key_id)
    if key is None:
        raise NotFoundError("the key was destroyed meanwhile")
    if key.destroy_at is not None:
        raise ConflictError("the key is scheduled for destruction; cancel that first")
    return key


def _check_expected(key: Key, expected: int | None) -> None:
    if expected is not None and expected != key.current_version:
        raise ConflictError(f"the current version is {key.current_version}, not {expected}")


def _due(core: Core, key: Key, rotate_at: str) -> bool:
    try:
        moment = datetime.fromisoformat(rotate_at)
    except ValueError:
        raise InvalidRequestError("rotateAt: must be an RFC 3339 time") from None
    if moment.tzinfo is None:
        raise InvalidRequestError("rotateAt: must name its time zone, such as Z")
    return key.rotate_at != rotate_at and moment.timestamp() <= core.clock.now()
