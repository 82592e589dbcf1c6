# SPDX-License-Identifier: Apache-2.0
"""The KMS's own certificates: issued in memory by the mounted internal CA, renewed in time."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from skm_kms.clock import Clock
from skm_kms.identity import CertificateError, InternalIssuer

from .tls import Rotating, client_context, server_context

LOOK_SECONDS: Final = 60.0
"""How often the mounted CA and the age of the leaf are looked at."""


@dataclass(frozen=True, slots=True)
class _Mounted:
    certificate: bytes
    key: bytes


class Certificates:
    """The server and client leaves of this process, and the contexts that use them.

    Raises CertificateError while the internal CA can't be read.
    """

    def __init__(self, directory: Path, bundle: Path, clock: Clock) -> None:
        self._directory = directory
        self._bundle = bundle
        self._clock = clock
        self._client_cas: dict[str, tuple[bytes | None, bool]] = {}
        self._planes: dict[str, Rotating] = {}
        self._take(self._read())

    def plane(
        self, name: str, client_ca: bytes | None, *, sessions: bool = False
    ) -> ssl.SSLContext:
        """A context to listen with for as long as the process runs."""
        self._client_cas[name] = (client_ca, sessions)
        self._planes[name] = Rotating(self._context(name))
        return self._planes[name].listening

    def trust(self, name: str, client_ca: bytes) -> None:
        """Let a plane take clients of another CA from the next handshake on."""
        self._client_cas[name] = (client_ca, self._client_cas[name][1])
        self._planes[name].replace(self._context(name))

    def client(self) -> ssl.SSLContext:
        """A context towards the system-key server."""
        return client_context(self._client, self.bundle().encode())

    def bundle(self) -> str:
        """The internal CAs that clients trust: the published ones, or ours alone."""
        try:
            return self._bundle.read_text()
        except OSError:
            return self.issuer.ca_pem.decode()

    def look(self) -> None:
        """Renew the leaves if half their life is over or another CA is mounted.

        Raises CertificateError, at every look, while what is mounted can't be used: the leaves of
        the CA before go on serving.
        """
        mounted = self._read()
        due = self._clock.now() >= self._server.renew_at
        if mounted == self._mounted and not due:
            return
        self._take(mounted)
        for name, plane in self._planes.items():
            plane.replace(self._context(name))

    def _take(self, mounted: _Mounted) -> None:
        issuer = InternalIssuer.load(mounted.certificate, mounted.key)
        now = self._clock.now()
        self._server, self._client = issuer.server(now), issuer.client(now)
        self.issuer, self._mounted = issuer, mounted

    def _context(self, name: str) -> ssl.SSLContext:
        client_ca, sessions = self._client_cas[name]
        return server_context(self._server, client_ca, answer_expired=sessions)

    def _read(self) -> _Mounted:
        try:
            certificate = (self._directory / "tls.crt").read_bytes()
            return _Mounted(certificate, (self._directory / "tls.key").read_bytes())
        except OSError as error:
            raise CertificateError(
                f"the internal CA can't be read from {self._directory} ({error.strerror}); "
                "mount the Secret that the install job made"
            ) from error
