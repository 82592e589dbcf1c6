# SPDX-License-Identifier: Apache-2.0
"""The KMS's admin plane, as the operator uses it: TLS 1.3, our CA, a token read anew each time."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from skm_common.resources import Desired
from skm_operator.errors import KmsAwayError, KmsError, KmsRefusedError
from skm_operator.reconcile import View, keystore_of, path_of, read_view

_ANSWER_LIMIT: Final = 64 * 1024 * 1024
_NOT_IMPLEMENTED: Final = 501


class KmsClient:
    """Calls of the operator's role; each raises KmsRefusedError or KmsAwayError, nothing else.

    `server_name` is the name the KMS's certificate must carry, whatever address `url` leads to.
    """

    def __init__(
        self,
        url: str,
        server_name: str,
        ca: Path,
        token: Path,
        *,
        timeout: float = 15.0,
        concurrency: int = 8,
    ) -> None:
        self._url = url.rstrip("/")
        self._server_name = server_name
        self._trust = _Trust(ca)
        self._token = token
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._slots = asyncio.Semaphore(concurrency)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=False)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def views(self) -> list[View]:
        """Every object of every keystore: one call for the keystores, two for each of them."""
        answer = await self._call("GET", "/v1/keystores")
        keystores = [_view("Keystore", item["name"], item) for item in _items(answer, "keystores")]
        inside = await asyncio.gather(*(self._inside(view.keystore) for view in keystores))
        return [*keystores, *(view for views in inside for view in views)]

    async def _inside(self, keystore: str) -> list[View]:
        path = path_of("Keystore", keystore, "")
        try:
            keys = await self._call("GET", f"{path}/keys")
            policies = await self._call("GET", f"{path}/policies")
        except KmsRefusedError as error:
            if error.code == "not_found":  # Destroyed since the keystores were listed.
                return []
            raise
        return [
            *(_view("Key", keystore, item) for item in _items(keys, "keys")),
            *(_view("AccessPolicy", keystore, item) for item in _items(policies, "policies")),
        ]

    async def put(self, desired: Desired) -> View:
        """Brings one object to what its resource asks; the KMS reads the live resource itself."""
        reference = desired.reference
        document = desired.document()
        keystore = keystore_of(reference.kind, reference.namespace, reference.name, document)
        path = path_of(reference.kind, keystore, reference.name)
        body = {"resource": reference.document(), "desired": document}
        return _view(reference.kind, keystore, await self._call("PUT", path, body))

    async def delete(self, kind: str, keystore: str, name: str, uid: str) -> None:
        """Tells that a resource is gone or going; the KMS looks for itself and applies its policy.

        An object that the KMS doesn't have, or whose resource is another by now, is success.
        """
        try:
            await self._call("DELETE", f"{path_of(kind, keystore, name)}?uid={uid}")
        except KmsRefusedError as error:
            if error.code not in ("not_found", "gone"):
                raise

    async def rotate(self, desired: Desired, rotate_at: str) -> View:
        """Rotates a key because its resource's annotation says so: each value of it rotates once.

        The KMS reads the annotation and remembers the last value that it applied; for that one,
        and before the time has come by its own clock, it answers with the key as it is.
        """
        reference = desired.reference
        document = desired.document()
        keystore = keystore_of(reference.kind, reference.namespace, reference.name, document)
        body = {
            "resource": reference.document(),
            "rotateAt": rotate_at,
        }
        path = f"{path_of('Key', keystore, reference.name)}:rotate"
        return _view("Key", keystore, await self._call("POST", path, body))

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        async with self._slots:
            try:
                return await self._exchange(method, path, body)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise KmsAwayError("unavailable", _words(error)) from error

    async def _exchange(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        if self._session is None:
            raise KmsAwayError("unavailable", "the client isn't open")
        async with self._session.request(
            method,
            self._url + path,
            json=body,
            headers={"Authorization": f"Bearer {self._token.read_text().strip()}"},
            ssl=self._trust.context(),
            server_hostname=self._server_name,
            allow_redirects=False,
        ) as response:
            return _answer(response.status, await _whole(response.content))


class _Trust:
    """The TLS context for the CA bundle, made again when the file changes."""

    def __init__(self, ca: Path) -> None:
        self._ca = ca
        self._bundle = ""
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        bundle = self._ca.read_text()
        if self._context is None or bundle != self._bundle:
            context = ssl.create_default_context(cadata=bundle)
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            self._context, self._bundle = context, bundle
        return self._context


async def _whole(stream: aiohttp.StreamReader) -> bytes:
    """All of an answer; raises KmsAwayError for one that is too large to be ours."""
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > _ANSWER_LIMIT:
            raise KmsAwayError("unavailable", "the KMS's answer is too large")
    return bytes(content)


def _answer(status: int, content: bytes) -> Any:
    try:
        document = json.loads(content) if content else {}
    except ValueError as error:
        raise KmsAwayError("unavailable", f"the KMS answered {status} without JSON") from error
    if status < 300:
        return document
    raise _problem(status, document if isinstance(document, dict) else {})


def _problem(status: int, document: Mapping[str, Any]) -> KmsError:
    detail = str(document.get("detail") or document.get("title") or f"HTTP {status}")
    remedy = document.get("remedy")
    told = f"{detail}; {remedy}" if remedy else detail
    later = status == 429 or (status >= 500 and status != _NOT_IMPLEMENTED)
    kind = KmsAwayError if later else KmsRefusedError
    return kind(str(document.get("code") or "invalid_request"), told)


def _view(kind: str, keystore: str, document: Any) -> View:
    try:
        return read_view(kind, keystore, document)
    except (KeyError, TypeError, AttributeError) as error:
        raise KmsAwayError("unavailable", f"the KMS's answer has no {error}") from error


def _items(answer: Any, name: str) -> list[Any]:
    try:
        return list(answer[name])
    except (KeyError, TypeError) as error:
        raise KmsAwayError("unavailable", f"the KMS's answer has no {name}") from error


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it didn't answer in time"
    return str(error) or type(error).__name__
