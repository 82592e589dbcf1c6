# SPDX-License-Identifier: Apache-2.0
"""Who has a role by a certificate: a row that stands, and has not ended by the KMS's own clock."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from skm_kms.errors import ForbiddenError, SessionEndedError, UnauthenticatedError
from skm_kms.identity.peer import Peer, PeerCertificate
from skm_kms.model import Administrator, AdministratorId
from skm_kms.service.administrators import known_administrator
from skm_kms.service.tables import Tables

NOW = 1_800_000_000.0
ADA = Administrator(AdministratorId("admin_1"), 1, "ada", "auditor", "5a", NOW - 60, NOW + 60)
CERTIFICATE = PeerCertificate(
    der=b"",
    sha256="5a",
    subject="CN=ada",
    authority="aa",
    key="k1",
    not_before=NOW - 60,
    not_after=NOW + 60,
    ipv4=(),
    pod=None,
    binding=None,
)
PEER = Peer("10.0.0.9", CERTIFICATE)


@dataclass
class HandClock:
    time: float = NOW

    def now(self) -> float:
        return self.time


@dataclass
class Office:
    """Of a serving KMS only what this question looks at."""

    clock: HandClock = field(default_factory=HandClock)
    tables: Tables = field(default_factory=Tables)

    @property
    def state(self) -> Any:
        return SimpleNamespace(tables=self.tables)


@pytest.fixture
def office() -> Any:
    made = Office()
    made.tables.put(ADA)
    return made


def test_a_row_gives_its_role_and_no_other(office: Any) -> None:
    caller = known_administrator(office, PEER)
    assert (caller.name, caller.role) == ("ada", "auditor")
    caller.must_be("administrator", "auditor")
    with pytest.raises(ForbiddenError):
        caller.must_be("administrator")


@pytest.mark.parametrize(("seconds", "ended"), [(59.9, False), (60, True)])
def test_a_role_ends_with_its_certificate_on_a_connection_that_stands(
    office: Any, seconds: float, ended: bool
) -> None:
    office.clock.time += seconds
    if not ended:
        known_administrator(office, PEER)
        return
    with pytest.raises(SessionEndedError):
        known_administrator(office, PEER)


def test_a_certificate_without_a_row_proves_nothing(office: Any) -> None:
    other = Peer("10.0.0.9", replace(CERTIFICATE, sha256="5b"))
    for peer in (other, Peer("10.0.0.9")):
        with pytest.raises(UnauthenticatedError):
            known_administrator(office, peer)
