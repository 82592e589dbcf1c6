# SPDX-License-Identifier: Apache-2.0
"""The planes of an unlocked KMS: data, admin, and the socket of `skm init`."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from uvicorn.config import Config

from skm_kms.identity import Purpose
from skm_kms.service.access import Access
from skm_kms.service.core import Core
from skm_kms.service.ledger import Ledger
from skm_kms.service.readiness import Readiness
from skm_kms.service.startup import Unlocked
from skm_kms.settings import Settings

from . import limits
from .admin import AuditedApp, Gate, InitApp, Objects, People, Records, Registrar, Versions
from .admin.app import admin_app
from .crowd import Crowd
from .data import DataApp, DataCalls, HotProtocol
from .parts import Parts
from .plane import Plane
from .protocol import PlaneProtocol

_DAY: Final = 86400.0


@dataclass(frozen=True, slots=True)
class Serving:
    """An unlocked KMS with what it serves from."""

    settings: Settings
    parts: Parts
    unlocked: Unlocked
    core: Core
    ledger: Ledger
    readiness: Readiness

    def data(self) -> Plane:
        """The data plane; hot calls are answered in its protocol."""
        access = Access(self.core.state, self.parts.identity, self.core.cluster, self.core.clock)
        calls = DataCalls(self.core, access, self.ledger)
        ca = self.unlocked.authorities[Purpose.SESSIONS].certificate_pem
        return Plane(
            "data",
            DataApp(calls, self.parts.identity.whoami),
            limits.DATA,
            protocol=partial(_hot, calls) if self.settings.hot_path else PlaneProtocol,
            tls=self.parts.certificates.plane("data", ca, sessions=True),
        )

    def admin(self) -> Plane:
        """The admin plane; it takes administrators' certificates and the operator's token."""
        settings, core = self.settings, self.core
        operator = (settings.namespace, settings.operator_service_account)
        gate = Gate(core, self.parts.identity, operator, settings.allowed_namespaces)
        records = Records(
            core,
            self.ledger,
            self.readiness,
            settings.pod_name,
            protected=self.parts.provider.protected,
        )
        people = People(core, self.registrar())
        rooms = (Objects(core, gate), Versions(core, gate), people, records)
        app = admin_app(gate, [room.router() for room in rooms])
        ca = self.unlocked.authorities[Purpose.ADMINISTRATORS].certificate_pem
        tls = self.parts.certificates.plane("admin", ca)
        return Plane("admin", AuditedApp(app, self.ledger, core.clock), limits.ADMIN, tls=tls)

    def socket(self) -> Plane:
        """The Unix socket."""
        return Plane("socket", InitApp(self.registrar(), self.ledger), limits.ADMIN)

    def registrar(self) -> Registrar:
        """Makes administrators."""
        return Registrar(
            self.core,
            self.unlocked.authorities[Purpose.ADMINISTRATORS],
            self.parts.certificates.bundle,
            self.settings.administrator_days * _DAY,
        )


def _hot(calls: DataCalls, config: Config, state: Crowd, limit: limits.Limits) -> HotProtocol:
    return HotProtocol(config, state, limit, calls)
