# SPDX-License-Identifier: Apache-2.0
"""The KMS's side of the system-key server: mutual TLS, a new connection for each rare call."""

import ssl
from collections.abc import Callable
from typing import Final

import aiohttp
import msgspec

from .answer import whole
from .errors import ConflictError, UnreachableError
from .wire import ESTABLISHED_PATH, KEYS_PATH, Established, NewKey, SystemKeys

ANSWER_SECONDS: Final = 5.0
_MAXIMUM_ANSWER: Final = 32 * 1024 * 1024


class SystemKeyClient:
    """Calls the server at `address` (`host:port`); it must prove to be `server_name`.

    `tls` gives the context with the KMS's client certificate of the moment, so that a renewed one
    is used by the next call.
    """

    def __init__(self, address: str, server_name: str, tls: Callable[[], ssl.SSLContext]) -> None:
        self._address = address
        self._server_name = server_name
        self._tls = tls

    async def list(self) -> SystemKeys:
        """All versions with the installation; raises UnreachableError."""
        answer = await self._call("GET", KEYS_PATH, b"")
        try:
            return msgspec.json.decode(answer, type=SystemKeys)
        except msgspec.MsgspecError:
            raise UnreachableError("the system-key server's answer cannot be read") from None

    async def create(self, installation: str, version: int, wrapped: bytes) -> None:
        """Store the next version; repeating is fine; raises ConflictError, UnreachableError."""
        new = NewKey(installation, version, wrapped)
        await self._call("POST", KEYS_PATH, msgspec.json.encode(new))

    async def confirm(self, installation: str) -> None:
        """Say that the database now holds this installation.

        From then on an empty database beside these system keys is loss. Call it after the first
        commit; it is repeated at every start. Raises ConflictError, UnreachableError.
        """
        await self._call("PUT", ESTABLISHED_PATH, msgspec.json.encode(Established(installation)))

    async def _call(self, method: str, path: str, body: bytes) -> bytes:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
                session.request(
                    method,
                    f"https://{self._address}{path}",
                    data=body,
                    headers={"content-type": "application/json"},
                    ssl=self._tls(),
                    server_hostname=self._server_name,
                    allow_redirects=False,
                ) as answer,
            ):
                return _checked(answer.status, await whole(answer, _MAXIMUM_ANSWER))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnreachableError(
                f"the system-key server at {self._address} does not answer: {_reason(error)}"
            ) from error


def _checked(status: int, body: bytes) -> bytes:
    if status in (200, 201):
        return body
    try:
        detail = msgspec.json.decode(body, type=_Problem).detail
    except msgspec.MsgspecError:
        detail = "no reason given"
    if status == 409:
        raise ConflictError(f"the system-key server refuses: {detail}")
    raise UnreachableError(f"the system-key server answers {status}: {detail}")


class _Problem(msgspec.Struct):
    detail: str


def _reason(error: Exception) -> str:
    """The cause in words; aiohttp's own message carries the address of a Python object."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return str(cause) or type(error).__name__
