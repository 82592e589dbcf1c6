# SPDX-License-Identifier: Apache-2.0
"""Access policies: stored as their resource says, or as an administrator says."""

from dataclasses import replace

from skm_common.resources import AccessPolicySpec
from skm_kms.errors import ConflictError, NotFoundError
from skm_kms.model import Keystore, Origin, Policy, PolicyId, new_identifier

from .core import Core
from .keystores import check_may_change, check_same_place, find_keystore


def find_policy(core: Core, keystore_name: str, name: str) -> Policy:
    """The policy of a name; raises NotFoundError."""
    keystore = find_keystore(core, keystore_name)
    policy = core.state.tables.policy(keystore.id, name)
    if policy is None:
        raise NotFoundError(f"there is no policy {name} of keystore {keystore_name}")
    return policy


async def put_policy(
    core: Core, keystore_name: str, name: str, spec: AccessPolicySpec, origin: Origin | None
) -> Policy:
    """Make a policy or bring it to `spec`; the same again changes nothing.

    A resource that names another keystore than before takes its old policy along.
    """
    binding = core.place(keystore_name.partition(".")[0])
    async with core.state.writing:
        keystore = find_keystore(core, keystore_name)
        check_same_place(keystore, binding)
        standing = core.state.tables.policy(keystore.id, name)
        if standing is None:
            wanted = _new_policy(core, keystore, name, spec, origin)
        else:
            check_may_change("policy", standing.origin, origin)
            wanted = replace(standing, spec=spec, origin=origin)
            if wanted == standing:
                return standing
            wanted = replace(wanted, generation=standing.generation + 1)
        await core.state.commit(wanted, removes=_left_behind(core, wanted))
        return wanted


async def remove_policy(core: Core, keystore_name: str, name: str) -> None:
    """Take away an administrator's own policy; raises ConflictError if a resource is behind it."""
    async with core.state.writing:
        policy = find_policy(core, keystore_name, name)
        if policy.origin is not None:
            raise ConflictError(
                "a custom resource stands behind this policy; delete that",
                code="managed_by_resource",
            )
        await core.state.commit(removes=(policy,))


def _left_behind(core: Core, wanted: Policy) -> tuple[Policy, ...]:
    """Policies that the same resource made in another keystore: it grants there no longer."""
    if wanted.origin is None:
        return ()
    found = (
        policy
        for keystore in core.state.tables.keystores()
        for policy in core.state.tables.policies(keystore.id)
    )
    return tuple(
        policy
        for policy in found
        if policy.id != wanted.id and policy.origin and policy.origin.uid == wanted.origin.uid
    )


def _new_policy(
    core: Core, keystore: Keystore, name: str, spec: AccessPolicySpec, origin: Origin | None
) -> Policy:
    return Policy(
        id=PolicyId(new_identifier("ap", core.state.keyring.random)),
        generation=1,
        keystore_id=keystore.id,
        name=name,
        spec=spec,
        origin=origin,
        created_at=core.clock.now(),
    )
