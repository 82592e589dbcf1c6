# SPDX-License-Identifier: Apache-2.0
"""Keystores, keys and policies on the admin plane: one way for people, one for the operator."""

from typing import cast

from fastapi import APIRouter

from skm_common.resources import AccessPolicySpec, KeySpec, KeystoreSpec, Spec
from skm_kms.errors import ForbiddenError, InvalidRequestError
from skm_kms.model import ADMINISTRATOR, AUDITOR, OPERATOR, Key, Keystore, Origin, Policy
from skm_kms.service import deletion
from skm_kms.service.administrators import AdminCaller
from skm_kms.service.applying import confirm, origin_of, read_desired
from skm_kms.service.core import Core
from skm_kms.service.keys import find_key, put_key
from skm_kms.service.keystores import adopt_keystore, find_keystore, put_keystore
from skm_kms.service.policies import find_policy, put_policy, remove_policy

from .callers import Caller, Gate
from .models import (
    KeyList,
    KeystoreList,
    KeystoreView,
    KeyView,
    PolicyList,
    PolicyView,
    PutRequest,
)
from .paths import KeystoreName, Label, namespace_of, place_of
from .views import key_view, keystore_view, policy_view

READERS = (ADMINISTRATOR, AUDITOR, OPERATOR)
WRITERS = (ADMINISTRATOR, OPERATOR)


class Objects:
    """The routes of what custom resources stand for."""

    def __init__(self, core: Core, gate: Gate) -> None:
        self._core = core
        self._gate = gate

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter()
        keystore, key = "/v1/keystores/{keystore}", "/v1/keystores/{keystore}/keys/{key}"
        policy = "/v1/keystores/{keystore}/policies/{policy}"
        router.get("/v1/keystores", name="ListKeystores")(self.list_keystores)
        router.post(f"{keystore}:adopt", name="AdoptKeystore")(self.adopt)
        router.post(f"{keystore}:cancelDestruction", name="CancelDestruction")(self.keep_keystore)
        router.get(keystore, name="GetKeystore")(self.get_keystore)
        router.put(keystore, name="PutKeystore")(self.put_keystore)
        router.delete(keystore, name="DeleteKeystore")(self.delete_keystore)
        router.get(f"{keystore}/keys", name="ListKeys")(self.list_keys)
        router.post(f"{key}:cancelDestruction", name="CancelDestruction")(self.keep_key)
        router.get(key, name="GetKey")(self.get_key)
        router.put(key, name="PutKey")(self.put_key)
        router.delete(key, name="DeleteKey")(self.delete_key)
        router.get(f"{keystore}/policies", name="ListPolicies")(self.list_policies)
        router.get(policy, name="GetPolicy")(self.get_policy)
        router.put(policy, name="PutPolicy")(self.put_policy)
        router.delete(policy, name="DeletePolicy")(self.delete_policy)
        return router

    async def list_keystores(self, caller: Caller, namespace: str | None = None) -> KeystoreList:
        """Keystores by name, of one namespace or all that the caller may see."""
        caller.must_be(*READERS)
        found = self._core.state.tables.keystores()
        shown = [k for k in found if namespace in (None, k.namespace) and self._may(caller, k)]
        return KeystoreList(keystores=[keystore_view(self._core, k) for k in shown])

    async def get_keystore(self, keystore: KeystoreName, caller: Caller) -> KeystoreView:
        """One keystore."""
        self._check(caller, keystore, *READERS)
        return keystore_view(self._core, find_keystore(self._core, keystore))

    async def put_keystore(
        self, keystore: KeystoreName, asked: PutRequest, caller: Caller
    ) -> KeystoreView:
        """Make a keystore, or bring it to what is asked for."""
        spec, origin = await self._wanted(caller, "Keystore", keystore, None, asked)
        made = await put_keystore(self._core, keystore, cast(KeystoreSpec, spec), origin)
        return keystore_view(self._core, made)

    async def delete_keystore(
        self, keystore: KeystoreName, caller: Caller, uid: str | None = None
    ) -> KeystoreView:
        """Let go of a keystore: as its deletion policy says, or schedule its destruction."""
        name = place_of(keystore)[1]
        gone = await self._gone(caller, "Keystore", keystore, name, uid)
        return keystore_view(self._core, cast(Keystore, gone))

    async def adopt(self, keystore: KeystoreName, caller: Caller) -> KeystoreView:
        """Bind a keystore to the namespace that bears its namespace's name now."""
        caller.must_be(ADMINISTRATOR)
        return keystore_view(self._core, await adopt_keystore(self._core, keystore))

    async def keep_keystore(self, keystore: KeystoreName, caller: Caller) -> KeystoreView:
        """Keep a keystore whose destruction is scheduled."""
        caller.must_be(ADMINISTRATOR)
        kept = await deletion.cancel(self._core, "Keystore", keystore, place_of(keystore)[1])
        return keystore_view(self._core, cast(Keystore, kept))

    async def list_keys(self, keystore: KeystoreName, caller: Caller) -> KeyList:
        """Keys of a keystore, without any material."""
        self._check(caller, keystore, *READERS)
        found = self._core.state.tables.keys(find_keystore(self._core, keystore).id)
        return KeyList(keys=[key_view(self._core, key) for key in found])

    async def get_key(self, keystore: KeystoreName, key: Label, caller: Caller) -> KeyView:
        """One key, without any material."""
        self._check(caller, keystore, *READERS)
        return key_view(self._core, find_key(self._core, keystore, key))

    async def put_key(
        self, keystore: KeystoreName, key: Label, asked: PutRequest, caller: Caller
    ) -> KeyView:
        """Make a key with its first version, or bring it to what is asked for."""
        spec, origin = await self._wanted(caller, "Key", keystore, key, asked)
        made = await put_key(self._core, keystore, key, cast(KeySpec, spec), origin)
        return key_view(self._core, made)

    async def delete_key(
        self, keystore: KeystoreName, key: Label, caller: Caller, uid: str | None = None
    ) -> KeyView:
        """Let go of a key: as its deletion policy says, or schedule its destruction."""
        gone = await self._gone(caller, "Key", keystore, key, uid)
        return key_view(self._core, cast(Key, gone))

    async def keep_key(self, keystore: KeystoreName, key: Label, caller: Caller) -> KeyView:
        """Keep a key whose destruction is scheduled."""
        caller.must_be(ADMINISTRATOR)
        kept = await deletion.cancel(self._core, "Key", keystore, key)
        return key_view(self._core, cast(Key, kept))

    async def list_policies(self, keystore: KeystoreName, caller: Caller) -> PolicyList:
        """Policies of a keystore."""
        self._check(caller, keystore, *READERS)
        found = self._core.state.tables.policies(find_keystore(self._core, keystore).id)
        return PolicyList(policies=[policy_view(self._core, policy) for policy in found])

    async def get_policy(self, keystore: KeystoreName, policy: Label, caller: Caller) -> PolicyView:
        """One policy."""
        self._check(caller, keystore, *READERS)
        return policy_view(self._core, find_policy(self._core, keystore, policy))

    async def put_policy(
        self, keystore: KeystoreName, policy: Label, asked: PutRequest, caller: Caller
    ) -> PolicyView:
        """Make a policy, or bring it to what is asked for."""
        spec, origin = await self._wanted(caller, "AccessPolicy", keystore, policy, asked)
        made = await put_policy(self._core, keystore, policy, cast(AccessPolicySpec, spec), origin)
        return policy_view(self._core, made)

    async def delete_policy(
        self, keystore: KeystoreName, policy: Label, caller: Caller, uid: str | None = None
    ) -> PolicyView:
        """Take a policy away."""
        if uid is None:
            caller.must_be(ADMINISTRATOR)
            found = find_policy(self._core, keystore, policy)
            await remove_policy(self._core, keystore, policy)
            return policy_view(self._core, found)
        gone = await self._gone(caller, "AccessPolicy", keystore, policy, uid)
        return policy_view(self._core, cast(Policy, gone))

    async def _wanted(
        self, caller: AdminCaller, kind: str, keystore: str, name: str | None, asked: PutRequest
    ) -> tuple[Spec, Origin | None]:
        """What a PUT asks for: confirmed by the cluster where a resource is behind it."""
        self._check(caller, keystore, *WRITERS)
        place = place_of(keystore, name)
        if asked.resource is None:
            caller.must_be(ADMINISTRATOR)
            spec, origin = read_desired(kind, asked.desired), None
        else:
            resource = asked.resource.model_dump()
            wanted = await confirm(self._core, kind, place, resource, asked.desired)
            spec, origin = wanted.spec, origin_of(wanted.reference)
        if not isinstance(spec, KeystoreSpec) and spec.keystore != place_of(keystore)[1]:
            raise InvalidRequestError("desired: names another keystore than the path")
        return spec, origin

    async def _gone(
        self, caller: AdminCaller, kind: str, keystore: str, name: str, uid: str | None
    ) -> Keystore | Key | Policy:
        self._check(caller, keystore, *WRITERS)
        if uid is not None:
            return await deletion.resource_gone(self._core, kind, keystore, name, uid)
        caller.must_be(ADMINISTRATOR)
        return await deletion.schedule(self._core, kind, keystore, name)

    def _check(self, caller: AdminCaller, keystore: str, *roles: str) -> None:
        caller.must_be(*roles)
        self._gate.must_act_in(caller, namespace_of(keystore))

    def _may(self, caller: AdminCaller, keystore: Keystore) -> bool:
        try:
            self._gate.must_act_in(caller, keystore.namespace)
        except ForbiddenError:
            return False
        return True
