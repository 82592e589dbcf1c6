# SPDX-License-Identifier: Apache-2.0
"""Administrators: the first one by `skm init`, others by an administrator; and who a caller is."""

from dataclasses import dataclass
from typing import Final

from skm_common.resources.reading import LABEL
from skm_kms.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    SessionEndedError,
    UnauthenticatedError,
)
from skm_kms.identity.administrator_certificate import IssuedCertificate
from skm_kms.identity.peer import Peer
from skm_kms.model import (
    ADMINISTRATOR,
    GRANTABLE_ROLES,
    Administrator,
    AdministratorId,
    new_identifier,
)

from .core import Core

MAXIMUM_ADMINISTRATORS: Final = 1000


@dataclass(frozen=True, slots=True)
class AdminCaller:
    """Who calls the admin plane, and as what."""

    kind: str
    name: str
    role: str
    namespace: str | None = None
    certificate: str | None = None

    def must_be(self, *roles: str) -> None:
        """Raises ForbiddenError unless the caller has one of the roles."""
        if self.role not in roles:
            raise ForbiddenError(f"role {self.role} doesn't allow this call")


def known_administrator(core: Core, peer: Peer) -> AdminCaller:
    """Who presents this certificate; TLS has checked its chain when the connection began.

    Raises UnauthenticatedError without a certificate or row, SessionEndedError for one that ended.
    """
    if peer.certificate is None:
        raise UnauthenticatedError("present a client certificate or a bearer token")
    fingerprint = peer.certificate.sha256
    for row in core.state.tables.administrators.values():
        if row.certificate == fingerprint:
            if core.clock.now() >= row.expires_at:
                raise SessionEndedError("the administrator's certificate has expired")
            return AdminCaller("administrator", row.name, row.role, certificate=fingerprint)
    raise UnauthenticatedError("this certificate belongs to no administrator, or was taken away")


async def add_administrator(
    core: Core, name: str, role: str, certificate: IssuedCertificate, *, first: bool = False
) -> Administrator:
    """Give a role to the holder of a certificate that was just issued.

    `first`: only while there is no administrator. Raises ConflictError, InvalidRequestError.
    """
    if not LABEL.fullmatch(name):
        raise InvalidRequestError("name: must be at most 63 of a-z, 0-9 and '-'")
    if role not in GRANTABLE_ROLES:
        raise InvalidRequestError(f"role: must be one of {', '.join(GRANTABLE_ROLES)}")
    async with core.state.writing:
        rows = core.state.tables.administrators.values()
        if first and rows:
            raise ConflictError("there is an administrator already; ask one of them")
        if any(row.name == name for row in rows):
            raise ConflictError(f"there is an administrator {name} already")
        if len(rows) >= MAXIMUM_ADMINISTRATORS:
            raise ConflictError(f"at most {MAXIMUM_ADMINISTRATORS} administrators")
        made = Administrator(
            id=AdministratorId(new_identifier("admin", core.state.keyring.random)),
            generation=1,
            name=name,
            role=role,
            certificate=certificate.sha256,
            created_at=core.clock.now(),
            expires_at=certificate.not_after,
        )
        await core.state.commit(made)
        return made


async def remove_administrator(core: Core, name: str) -> None:
    """Take a role away; the certificate is refused from now on. The last administrator stays."""
    async with core.state.writing:
        rows = core.state.tables.administrators.values()
        row = next((row for row in rows if row.name == name), None)
        if row is None:
            raise NotFoundError(f"there is no administrator {name}")
        others = [r for r in rows if r.role == ADMINISTRATOR and r.id != row.id]
        if not others:
            raise ConflictError("the last administrator can't be removed")
        await core.state.commit(removes=(row,))
