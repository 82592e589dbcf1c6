# SPDX-License-Identifier: Apache-2.0
"""Reading text secrets: the whole or one field, the current version or an older one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from skm_common.resources import SymmetricKey
from skm_kms.errors import InvalidRequestError, NotFoundError

from .access import Grant
from .state import State
from .vault import Vault


@dataclass(frozen=True, slots=True)
class SecretRead:
    """What a reader gets: fields or one value, and how long it may keep them (seconds)."""

    version: int
    max_offline: int | None
    facts_max_age: int
    value: str | None = field(default=None, repr=False)
    fields: Mapping[str, str] | None = field(default=None, repr=False)


def read_secret(
    state: State, vault: Vault, grant: Grant, version: int | None, name: str | None
) -> SecretRead:
    """The secret that a grant allows; `name` asks for one field.

    Raises InvalidRequestError for a key of another kind, NotFoundError for a version or field
    that isn't there.
    """
    number = check_readable(grant) if version is None else version
    found = state.tables.versions(grant.key.id).get(number)
    if found is None:
        raise NotFoundError("the key has no such version, or no value yet")
    secret = vault.open_secret(found)
    spec = grant.keystore.spec
    if name is None:
        return SecretRead(number, spec.max_offline, spec.facts_max_age, secret.value, secret.fields)
    one = (secret.fields or {}).get(name)
    if one is None:
        raise NotFoundError("the secret has no such field")
    return SecretRead(number, spec.max_offline, spec.facts_max_age, one)


def check_readable(grant: Grant) -> int:
    """The current version of a text secret, 0 without a value; refuses keys of other kinds."""
    if isinstance(grant.key.spec.material, SymmetricKey):
        raise InvalidRequestError("a symmetric key never leaves the KMS; encrypt and decrypt by it")
    return grant.key.current_version
