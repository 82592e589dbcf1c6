# SPDX-License-Identifier: Apache-2.0
"""The KMS server from start to drain.

Order: health → internal CA → cluster and identity plane → unlocking → data, admin, socket planes.
Whatever is missing is said in /readyz and tried again; the process never ends because of it.
"""

import asyncio
import logging
import random as jitter
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from skm_kms.clock import Clock
from skm_kms.crypto import Random
from skm_kms.errors import RequestError
from skm_kms.hardening import give_back_memory
from skm_kms.identity import (
    CertificateError,
    Facts,
    Generation,
    Identity,
    KubeClient,
    KubeError,
    Purpose,
    connect,
)
from skm_kms.rootkey import FileRootKey
from skm_kms.service import chores
from skm_kms.service.core import Core
from skm_kms.service.errors import NotReadyError
from skm_kms.service.late import LateState
from skm_kms.service.ledger import Ledger
from skm_kms.service.readiness import CLUSTER, INTERNAL_CA, Readiness
from skm_kms.service.sessions import StateSessions
from skm_kms.service.startup import Sources, Unlocked, unlock
from skm_kms.service.vault import Vault
from skm_kms.settings import Settings
from skm_kms.systemkey import SystemKeyClient

from . import limits
from .certificates import LOOK_SECONDS, Certificates
from .health import HealthApp
from .identity import IdentityApp
from .observation import Observation
from .parts import Parts
from .plane import Plane
from .serving import Serving

_SAY_SECONDS: Final = 15.0
_log: Final = logging.getLogger("skm_kms")
T = TypeVar("T")


class Kms:
    """One KMS server process."""

    def __init__(self, settings: Settings, clock: Clock, random: Random) -> None:
        self.readiness = Readiness()
        self.planes: dict[str, Plane] = {}
        self.ports: dict[str, int] = {}
        self._settings = settings
        self._clock = clock
        self._random = random
        self._observation = Observation(self.readiness, self.planes)
        self._api: KubeClient | None = None
        self._ledger: Ledger | None = None
        self._unlocked: Unlocked | None = None
        self._chores: set[asyncio.Task[None]] = set()

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve until told to stop, then drain; a fault of a chore ends the process."""
        health = HealthApp(self.readiness, self._observation.samples)
        plane = Plane("health", health, limits.HEALTH)
        await self._listen(plane, self._settings.health_port)
        self._chore(self._start())
        stopping = asyncio.create_task(stop.wait())
        try:
            await self._watch_chores(stopping)
        finally:
            stopping.cancel()
            await self._drain()

    async def _watch_chores(self, stopping: asyncio.Task[Any]) -> None:
        """Return when told to stop; raise what a chore raised."""
        while not stopping.done():
            watched = {stopping, *self._chores}
            done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                self._chores.discard(task)
                task.result()

    async def _start(self) -> None:
        parts = await self._parts()
        sources = Sources(
            directory=self._settings.data_directory,
            origin=self._settings.audit_origin,
            provider=parts.provider,
            system_keys=parts.system_keys,
            clock=self._clock,
            random=self._random,
        )
        unlocked = await self._until_there(lambda: unlock(sources, self.readiness), NotReadyError)
        self._unlocked = unlocked
        await self._open(parts, unlocked)
        self.readiness.serving = True
        _log.info("serving")

    async def _parts(self) -> Parts:
        """What stands before the KMS is unlocked; the identity plane listens from here on."""
        certificates = await self._until_there(self._certificates, CertificateError)
        api = self._api = await self._until_there(self._cluster, KubeError)
        late = LateState()
        facts = Facts(api, self._clock, Generation(), lambda: jitter.uniform(0, 1))  # noqa: S311
        identity = Identity(
            facts=facts,
            reviews=api,
            rows=late,
            authorities=late.session_authorities,
            clock=self._clock,
            session_seconds=self._settings.session_seconds,
        )
        self._chore(facts.run())
        self._chore(chores.note_cluster(facts, self._clock, self.readiness))
        await self._listen_identity(certificates, identity)
        system_keys = SystemKeyClient(
            self._settings.system_key_server, self._settings.system_key_name, certificates.client
        )
        provider = FileRootKey(self._settings.root_key_file)
        return Parts(certificates, facts, identity, late, provider, system_keys)

    async def _listen_identity(self, certificates: Certificates, identity: Identity) -> None:
        app = IdentityApp(
            identity,
            lambda: certificates.issuer,
            certificates.bundle,
            lambda: self._ledger,
            self._clock,
        )
        tls = certificates.plane("identity", b"", sessions=True)
        plane = Plane("identity", app, limits.IDENTITY, tls=tls)
        await self._listen(plane, self._settings.identity_port)

    async def _open(self, parts: Parts, unlocked: Unlocked) -> None:
        """Serve from the state: identity has its rows, the other planes listen, chores begin."""
        state = unlocked.state
        sessions = StateSessions(state, self._clock)
        parts.late.unlocked(sessions, unlocked.authorities)
        session_ca = unlocked.authorities[Purpose.SESSIONS].certificate_pem
        parts.certificates.trust("identity", session_ca)
        attests = parts.identity.attests
        core = Core(state, Vault(state.keyring), parts.facts, self._clock, attests)
        ledger = self._ledger = Ledger(unlocked.log, self._clock)
        self._observation.begin(core, parts)
        serving = Serving(self._settings, parts, unlocked, core, ledger, self.readiness)
        await self._listen(serving.data(), self._settings.data_port)
        await self._listen(serving.admin(), self._settings.admin_port)
        socket = self.planes["socket"] = serving.socket()
        await socket.listen_unix(self._settings.admin_socket)
        self._begin_chores(serving, sessions)

    def _begin_chores(self, serving: Serving, sessions: StateSessions) -> None:
        parts, core, ledger = serving.parts, serving.core, serving.ledger
        look = chores.look_after(
            core,
            self.readiness,
            log=serving.unlocked.log,
            provider=parts.provider,
            system_keys=parts.system_keys,
        )
        self._chore(look)
        self._chore(chores.tell_news(core, parts.facts))
        self._chore(chores.destroy_when_due(core, ledger))
        self._chore(chores.flush_counts(ledger))
        self._chore(chores.give_back_memory(give_back_memory))
        self._chore(chores.prune_sessions(sessions))
        self._chore(self._renew(parts.certificates))

    async def _certificates(self) -> Certificates:
        settings = self._settings
        try:
            made = Certificates(settings.internal_ca_directory, settings.ca_file, self._clock)
        except CertificateError as error:
            self.readiness.note(INTERNAL_CA, str(error))
            raise
        self.readiness.note(INTERNAL_CA, None)
        return made

    async def _cluster(self) -> KubeClient:
        kubeconfig = self._settings.kubeconfig
        try:
            return await connect(Path(kubeconfig) if kubeconfig else None)
        except KubeError as error:
            self.readiness.note(CLUSTER, str(error))
            raise

    async def _until_there(
        self, attempt: Callable[[], Awaitable[T]], *expected: type[Exception]
    ) -> T:
        """Try until it succeeds, and log why not now and then; /readyz says it all the time."""
        said = float("-inf")
        while True:
            try:
                return await attempt()
            except expected as error:
                if self._clock.monotonic() - said > _SAY_SECONDS:
                    said = self._clock.monotonic()
                    _log.warning("not ready: %s", error)
            await asyncio.sleep(self._settings.retry_seconds)

    async def _renew(self, certificates: Certificates) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                certificates.look()
            except CertificateError as error:
                self.readiness.note(INTERNAL_CA, str(error))
            else:
                self.readiness.note(INTERNAL_CA, None)

    async def _listen(self, plane: Plane, port: int) -> None:
        self.planes[plane.name] = plane
        self.ports[plane.name] = await plane.listen(self._settings.host, port)
        _log.info("plane %s listens on port %d", plane.name, self.ports[plane.name])

    def _chore(self, work: Coroutine[Any, Any, None]) -> None:
        self._chores.add(asyncio.create_task(work))

    async def _drain(self) -> None:
        self.readiness.serving = False
        if self._unlocked is not None:
            self._unlocked.state.news.close()
        seconds = self._settings.drain_seconds
        await asyncio.gather(*(plane.drain(seconds) for plane in self.planes.values()))
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        if self._ledger is not None:
            try:
                await self._ledger.flush(everything=True)
            except RequestError as error:
                _log.warning("counted refusals weren't recorded: %s", error)
        if self._unlocked is not None:
            await asyncio.to_thread(self._unlocked.close)
        if self._api is not None:
            await self._api.close()
        _log.info("stopped")
