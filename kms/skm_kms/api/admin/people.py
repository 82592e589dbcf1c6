# SPDX-License-Identifier: Apache-2.0
"""Administrators on the admin plane, and the one call of the Unix socket that makes the first."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Response

from skm_kms.identity import Authority
from skm_kms.identity.administrator_certificate import issue_administrator_certificate
from skm_kms.model import ADMINISTRATOR, AUDITOR
from skm_kms.service.administrators import add_administrator, remove_administrator
from skm_kms.service.core import Core

from .callers import Caller
from .models import AdministratorList, AdministratorRequest, IssuedView
from .paths import Label
from .views import administrator_fields, administrator_view


@dataclass(frozen=True, slots=True)
class Registrar:
    """Makes administrators: their row, and the certificate that proves it; `lifetime` in seconds.

    The row is durable before the certificate leaves the KMS.
    """

    core: Core
    authority: Authority
    ca_bundle: Callable[[], str]
    lifetime: float

    async def register(self, name: str, role: str, csr: str, *, first: bool = False) -> IssuedView:
        """Give a role to the holder of the key in a certificate request."""
        issued = issue_administrator_certificate(
            self.authority,
            csr.encode(),
            name,
            lifetime=self.lifetime,
            now=self.core.clock.now(),
        )
        row = await add_administrator(self.core, name, role, issued, first=first)
        return IssuedView(
            **administrator_fields(row),
            certificate=issued.pem.decode(),
            ca_bundle=self.ca_bundle(),
        )


class People:
    """The routes of administrators."""

    def __init__(self, core: Core, registrar: Registrar) -> None:
        self._core = core
        self._registrar = registrar

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter()
        one = "/v1/administrators/{name}"
        router.get("/v1/administrators", name="ListAdministrators")(self.list_administrators)
        router.post("/v1/administrators", name="AddAdministrator")(self.add)
        router.delete(one, name="RemoveAdministrator", status_code=204)(self.remove)
        return router

    async def list_administrators(self, caller: Caller) -> AdministratorList:
        """Everyone with a role."""
        caller.must_be(ADMINISTRATOR, AUDITOR)
        rows = sorted(self._core.state.tables.administrators.values(), key=lambda row: row.name)
        return AdministratorList(administrators=[administrator_view(row) for row in rows])

    async def add(self, asked: AdministratorRequest, caller: Caller) -> IssuedView:
        """Give a role to the holder of a key; the certificate is shown once."""
        caller.must_be(ADMINISTRATOR)
        return await self._registrar.register(asked.name, asked.role, asked.csr)

    async def remove(self, name: Label, caller: Caller) -> Response:
        """Take a role away; the certificate is refused from then on."""
        caller.must_be(ADMINISTRATOR)
        await remove_administrator(self._core, name)
        return Response(status_code=204)
