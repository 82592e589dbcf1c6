# SPDX-License-Identifier: Apache-2.0
"""Who calls the admin plane: an administrator by certificate, the operator by its pod's token."""

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from skm_common import names
from skm_kms.errors import ForbiddenError
from skm_kms.identity import Peer, TokenIdentity
from skm_kms.model import OPERATOR
from skm_kms.service.administrators import AdminCaller, known_administrator
from skm_kms.service.core import Core

from ..connection import connection_in
from ..identity import bearer_token


class Tokens(Protocol):
    """What the admin plane asks of identity."""

    async def authenticate_token(self, token: str, audience: str, peer: Peer) -> TokenIdentity:
        """The live pod behind a pod-bound token that came from that pod's own address."""
        ...


@dataclass(frozen=True, slots=True)
class Gate:
    """Establishes admin callers.

    `operator` is the namespace and name of the one ServiceAccount that has the operator's role,
    `namespaces` where it may act (None: everywhere).
    """

    core: Core
    tokens: Tokens
    operator: tuple[str, str]
    namespaces: frozenset[str] | None

    async def caller(self, peer: Peer, token: str | None) -> AdminCaller:
        """Who calls; raises UnauthenticatedError, SessionEndedError, ForbiddenError and others."""
        if token is None:
            return known_administrator(self.core, peer)
        found = await self.tokens.authenticate_token(token, names.AUDIENCE_ADMIN, peer)
        account = (found.namespace, found.service_account)
        if account != self.operator:
            raise ForbiddenError(f"ServiceAccount {'/'.join(account)} has no role")
        return AdminCaller("service", found.pod_name, OPERATOR, found.namespace)

    def must_act_in(self, caller: AdminCaller, namespace: str) -> None:
        """Raises ForbiddenError where an operator's namespaces don't hold this one."""
        limited = caller.role == OPERATOR and self.namespaces is not None
        if limited and namespace not in (self.namespaces or ()):
            raise ForbiddenError(f"the operator may not act in namespace {namespace}")


async def authenticated(request: Request) -> AdminCaller:
    """The caller of a request, kept with it for the audit record."""
    gate: Gate = request.app.state.gate
    peer = connection_in(request.scope).peer
    caller = await gate.caller(peer, bearer_token(dict(request.scope["headers"])))
    request.scope["skm.caller"] = caller
    return caller


Caller = Annotated[AdminCaller, Depends(authenticated)]
