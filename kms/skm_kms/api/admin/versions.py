# SPDX-License-Identifier: Apache-2.0
"""Versions of keys on the admin plane: listed, added by rotation, set by hand."""

from fastapi import APIRouter

from skm_kms.errors import ForbiddenError
from skm_kms.model import ADMINISTRATOR, AUDITOR, OPERATOR
from skm_kms.service.applying import confirm_rotation
from skm_kms.service.core import Core
from skm_kms.service.keys import find_key, rotate_key, set_secret
from skm_kms.service.vault import SecretValue

from .callers import Caller, Gate
from .models import KeyView, RotateRequest, SecretRequest, VersionList
from .paths import KeystoreName, Label, namespace_of, place_of
from .views import key_view, version_view


class Versions:
    """The routes of key versions."""

    def __init__(self, core: Core, gate: Gate) -> None:
        self._core = core
        self._gate = gate

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter()
        key = "/v1/keystores/{keystore}/keys/{key}"
        router.get(f"{key}/versions", name="ListVersions")(self.list_versions)
        router.post(f"{key}:rotate", name="RotateKey")(self.rotate)
        router.put(f"{key}/secret", name="SetSecret")(self.set_value)
        return router

    async def list_versions(
        self, keystore: KeystoreName, key: Label, caller: Caller
    ) -> VersionList:
        """Versions of a key, oldest first."""
        caller.must_be(ADMINISTRATOR, AUDITOR, OPERATOR)
        self._gate.must_act_in(caller, namespace_of(keystore))
        versions = self._core.state.tables.versions(find_key(self._core, keystore, key).id)
        return VersionList(versions=[version_view(versions[number]) for number in sorted(versions)])

    async def rotate(
        self, keystore: KeystoreName, key: Label, asked: RotateRequest, caller: Caller
    ) -> KeyView:
        """Add a version; the operator may do so only as the live annotation says."""
        caller.must_be(ADMINISTRATOR, OPERATOR)
        self._gate.must_act_in(caller, namespace_of(keystore))
        if caller.role == OPERATOR and (asked.resource is None or asked.rotate_at is None):
            raise ForbiddenError("the operator rotates only as the annotation says")
        found = find_key(self._core, keystore, key)
        if asked.resource is not None and asked.rotate_at is not None:
            place = place_of(keystore, key)
            resource = asked.resource.model_dump()
            await confirm_rotation(self._core, found, place, resource, asked.rotate_at)
        rotated = await rotate_key(self._core, found.id, asked.rotate_at, asked.expected_version)
        return key_view(self._core, rotated)

    async def set_value(
        self, keystore: KeystoreName, key: Label, asked: SecretRequest, caller: Caller
    ) -> KeyView:
        """Set a new value of a managed secret."""
        caller.must_be(ADMINISTRATOR)
        found = find_key(self._core, keystore, key)
        if isinstance(asked.value, str):
            secret = SecretValue(value=asked.value)
        else:
            secret = SecretValue(fields=asked.value)
        changed = await set_secret(self._core, found.id, secret, asked.expected_version)
        return key_view(self._core, changed)
