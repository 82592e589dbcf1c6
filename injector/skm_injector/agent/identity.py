# SPDX-License-Identifier: Apache-2.0
"""Asking the identity plane for a session certificate: by token the first time, then by itself."""

from collections.abc import Callable
from pathlib import Path
from ssl import SSLContext, SSLError
from typing import Any, Final, NamedTuple

from skm_injector.agent.key import PrivateKey
from skm_injector.agent.settings import Settings
from skm_injector.agent.timestamp import seconds
from skm_injector.agent.verdict import Absent, Denied, SessionEnded, Undetermined, judge_refusal
from skm_injector.connection import Answer, Connection, trust
from skm_injector.errors import UnreachableError
from skm_injector.memory_files import MemoryFile

PATH: Final = "/v1/identity"


class Certificate(NamedTuple):
    """A session certificate, ready to connect with; `ends` is in seconds since 1970."""

    context: SSLContext
    ca: str
    ends: float


Refusal = SessionEnded | Denied | Absent | Undetermined


class IdentityClient:
    """Asks for certificates for one key, over a connection of its own each time."""

    def __init__(
        self,
        settings: Settings,
        key: PrivateKey,
        connect: Callable[[str, str, SSLContext], Connection] = Connection,
    ) -> None:
        self._settings = settings
        self._key = key
        self._connect = connect

    def bootstrap(self) -> Certificate | Refusal:
        """A certificate for the pod's token; raises UnreachableError."""
        try:
            token = Path(self._settings.token).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise UnreachableError(f"the pod's token can't be read: {error}") from None
        return self._ask(trust(self._settings.ca), self._settings.ca, token)

    def renew(self, current: Certificate) -> Certificate | Refusal:
        """A certificate in place of the current one, which proves itself; raises Unreachable."""
        return self._ask(current.context, current.ca, "")

    def _ask(self, context: SSLContext, ca: str, token: str) -> Certificate | Refusal:
        connection = self._connect(self._settings.identity, self._settings.server_name, context)
        try:
            answer = connection.call("POST", PATH, body={"csr": self._key.request}, token=token)
        finally:
            connection.close()
        return self._certificate(answer, ca) if answer.status == 200 else judge_refusal(answer)

    def _certificate(self, answer: Answer, ca: str) -> Certificate:
        chain, bundle, ends = _parts(answer.document, ca)
        try:
            context = trust(bundle)
            with MemoryFile("skm-certificate", chain.encode()) as file:
                context.load_cert_chain(file.path, self._key.file.path)
        except (SSLError, ValueError) as error:
            raise UnreachableError(f"the certificate can't be used: {error}") from None
        return Certificate(context, bundle, ends)


def _parts(document: dict[str, Any], ca: str) -> tuple[str, str, float]:
    """Chain, CA bundle and end; a bundle that is left out means the one before."""
    chain, bundle = document.get("certificate"), document.get("caBundle") or ca
    if not isinstance(chain, str) or not isinstance(bundle, str):
        raise UnreachableError("the answer holds no certificate")
    try:
        ends = seconds(document["notAfter"])
    except (KeyError, TypeError, ValueError):
        raise UnreachableError("the answer's notAfter is no RFC 3339 time in UTC") from None
    return chain, bundle, ends
