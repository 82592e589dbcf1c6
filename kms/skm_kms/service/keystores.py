# SPDX-License-Identifier: Apache-2.0
"""Keystores: made and changed through their resource, or by an administrator as standalone ones."""

from dataclasses import replace

from skm_common.resources import KeystoreSpec
from skm_kms.errors import ConflictError, NotFoundError
from skm_kms.model import Binding, Keystore, KeystoreId, Origin, new_identifier

from .core import Core

ADOPT: str = "an administrator decides that by: skm keystore adopt"


def find_keystore(core: Core, name: str) -> Keystore:
    """The keystore of a name; raises NotFoundError."""
    keystore = core.state.tables.keystore(name)
    if keystore is None:
        raise NotFoundError(f"there is no keystore {name}")
    return keystore


async def put_keystore(
    core: Core, name: str, spec: KeystoreSpec, origin: Origin | None
) -> Keystore:
    """Make a keystore or bring it to `spec`; the same again changes nothing.

    A retained keystore is taken up again by a resource of its name in its own namespace; in one
    that was made again under the old name it needs `adopt_keystore` first.
    """
    binding = core.place(name.partition(".")[0])
    async with core.state.writing:
        standing = core.state.tables.keystore(name)
        if standing is None:
            wanted = _new_keystore(core, name, spec, binding, origin)
        else:
            check_same_place(standing, binding)
            check_may_change("keystore", standing.origin, origin)
            wanted = replace(standing, spec=spec, origin=origin, orphaned=False, destroy_at=None)
            if wanted == standing:
                return standing
            wanted = replace(wanted, generation=standing.generation + 1)
        await core.state.commit(wanted)
        return wanted


async def adopt_keystore(core: Core, name: str) -> Keystore:
    """Bind a keystore to the cluster and the namespace that bear its names now."""
    binding = core.place(name.partition(".")[0])
    async with core.state.writing:
        standing = find_keystore(core, name)
        if standing.binding == binding:
            return standing
        wanted = replace(standing, binding=binding, generation=standing.generation + 1)
        await core.state.commit(wanted)
        return wanted


def check_same_place(keystore: Keystore, binding: Binding) -> None:
    """A namespace made again under an old name inherits nothing (DESIGN §4)."""
    if keystore.binding != binding:
        raise ConflictError(
            f"keystore {keystore.name} belongs to an earlier namespace of this name",
            code="adoption_required",
            remedy=ADOPT,
        )


def check_may_change(what: str, standing: Origin | None, origin: Origin | None) -> None:
    """An object is changed only from where it came: its resource, or an administrator."""
    if standing is not None and origin is None:
        raise ConflictError(
            f"a custom resource stands behind this {what}; change that",
            code="managed_by_resource",
        )
    if standing is None and origin is not None:
        raise ConflictError(f"an administrator's own {what} has this name already")


def _new_keystore(
    core: Core, name: str, spec: KeystoreSpec, binding: Binding, origin: Origin | None
) -> Keystore:
    return Keystore(
        id=KeystoreId(new_identifier("ks", core.state.keyring.random)),
        generation=1,
        name=name,
        spec=spec,
        binding=binding,
        origin=origin,
        created_at=core.clock.now(),
    )
