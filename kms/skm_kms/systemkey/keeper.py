# SPDX-License-Identifier: Apache-2.0
"""Gets the server's certificate from the KMS and keeps it fresh, for ever and without a restart."""

import asyncio
import contextlib
import logging
import ssl
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from skm_kms.clock import Clock
from skm_kms.crypto import Random
from skm_kms.tls import client_context

from .answer import whole
from .certificate import Certificate, CertificateError, PrivateKey
from .settings import Settings
from .tls import server_context

_LOG: Final = logging.getLogger(__name__)
_PATH: Final = "/v1/internal/certificate"
_ANSWER_SECONDS: Final = 10.0
_MAXIMUM_ANSWER: Final = 64 * 1024


class _Issued(msgspec.Struct):
    certificate: str
    ca_bundle: str = msgspec.field(name="caBundle")


class _Problem(msgspec.Struct):
    detail: str


class CertificateKeeper:
    """Holds the TLS context of the moment; `first` is set once there is one."""

    def __init__(self, settings: Settings, clock: Clock, random: Random) -> None:
        self._settings = settings
        self._clock = clock
        self._random = random
        self._key = PrivateKey.generate()
        self._certificate: Certificate | None = None
        self._trusted = ""
        self._bundle = ""
        self._context: ssl.SSLContext | None = None
        self.first = asyncio.Event()
        self.problem = "the KMS has not yet issued a certificate"

    @property
    def valid(self) -> bool:
        """Whether there is a certificate that has not ended."""
        certificate = self._certificate
        return certificate is not None and self._clock.now() < certificate.not_after

    def context(self) -> ssl.SSLContext:
        """The context for new handshakes; only after `first`."""
        if self._context is None:
            raise RuntimeError("there is no certificate yet")
        return self._context

    async def run(self) -> None:
        """Obtain, renew at two thirds of the life, and follow the CA file; until cancelled."""
        failures = 0
        while True:
            try:
                await self._refresh()
                failures = 0
                wait = self._wait()
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                self._note(error)
                wait = self._backoff(failures)
                failures += 1
            await asyncio.sleep(wait)

    def _wait(self) -> float:
        until_renewal = self._renew_at() - self._clock.now()
        return min(max(until_renewal, 0.0) + 0.01, self._settings.ca_interval)

    def _renew_at(self) -> float:
        return self._certificate.renew_at if self._certificate else 0.0

    def _backoff(self, failures: int) -> float:
        doubled = self._settings.retry_first * (1 << min(failures, 16))
        ceiling = min(doubled, self._settings.retry_most)
        # At least half of it, the rest at random, so that restarted servers do not march in step.
        return ceiling * (0.5 + self._random(1)[0] / 512)

    def _note(self, error: Exception) -> None:
        problem = f"{type(error).__name__}: {error}"
        if problem != self.problem:
            _LOG.warning("no certificate from the KMS yet: %s", problem)
        self.problem = problem

    async def _refresh(self) -> None:
        trusted = await asyncio.to_thread(_text, self._settings.ca_file)
        if self._clock.now() >= self._renew_at():
            await self._obtain(trusted)
        elif trusted == self._trusted:
            return
        self._trusted = trusted
        self._build()

    async def _obtain(self, trusted: str) -> None:
        key = PrivateKey.generate()
        issued = await self._ask(trusted, key.csr)
        self._certificate = Certificate.read(issued.certificate, key)
        self._key, self._bundle = key, issued.ca_bundle
        _LOG.info("certificate issued, renewed at unix time %d", self._certificate.renew_at)

    async def _ask(self, trusted: str, csr: str) -> _Issued:
        token = await asyncio.to_thread(_text, self._settings.token_file)
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            session.post(
                self._settings.identity_url + _PATH,
                json={"csr": csr},
                headers={"authorization": f"Bearer {token.strip()}"},
                ssl=client_context(trusted),
                server_hostname=self._settings.kms_name,
                allow_redirects=False,
            ) as answer,
        ):
            body = await whole(answer, _MAXIMUM_ANSWER)
            if answer.status != 200:
                raise CertificateError(f"the KMS answers {answer.status}: {_detail(body)}")
            return msgspec.json.decode(body, type=_Issued)

    def _build(self) -> None:
        if self._certificate is None:
            return
        chain = self._certificate.chain.encode()
        trusted = f"{self._trusted}\n{self._bundle}"
        self._context = server_context(chain, self._key.pem(), trusted)
        self.problem = ""
        self.first.set()


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii")


def _detail(body: bytes) -> str:
    with contextlib.suppress(msgspec.MsgspecError):
        return msgspec.json.decode(body, type=_Problem).detail
    return "no reason given"
