# SPDX-License-Identifier: Apache-2.0
"""The Kubernetes API by the KMS's own account: the only module that knows the client package.

Of that package it takes configuration, credentials and TLS; bodies stay raw JSON, because the
package's models cost more memory than the KMS may use.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client.configuration import Configuration

from skm_kms.identity.errors import KubeRefusedError, KubeUnreachableError

ANSWER_SECONDS: Final = 5.0
"""How long a single answer may take; a caller may be waiting for it."""

MAXIMUM_LINE: Final = 8 * 2**20
"""Bytes of one watch event with its end; etcd takes objects of at most 1.5 MiB."""


_UNREACHABLE: Final = (aiohttp.ClientError, OSError, TimeoutError, config.ConfigException)
"""Among them a mounted token that is just being replaced."""


class KubeClient:
    """Raw calls to one API server; every method raises KubeError, which names paths only."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        tls = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
        if configuration.cert_file:
            tls.load_cert_chain(configuration.cert_file, configuration.key_file)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=64), trust_env=False
        )

    async def close(self) -> None:
        """End every connection."""
        await self._session.close()

    async def get(self, path: str) -> bytes | None:
        """The body at a path with query, or None for 404."""
        status, body = await self._call("GET", path, None)
        if status == 404:
            return None
        _must_be_fine(status, path)
        return body

    async def create(self, path: str, body: bytes) -> bytes:
        """The answer to a POST."""
        status, answer = await self._call("POST", path, body)
        _must_be_fine(status, path)
        return answer

    @asynccontextmanager
    async def watch(self, path: str, silence: float) -> AsyncIterator[AsyncIterator[bytes]]:
        """The lines of a watch as they come; once entered, the server has accepted it.

        Raises KubeUnreachableError when nothing has come for `silence` seconds: a connection that
        was dropped without a word looks just so.
        """
        timeout = aiohttp.ClientTimeout(total=None, connect=ANSWER_SECONDS, sock_read=silence)
        try:
            async with self._session.get(
                self._url(path), headers=await self._headers(), timeout=timeout
            ) as answer:
                _must_be_fine(answer.status, path)
                yield _lines(answer.content)
        except _UNREACHABLE as error:
            raise KubeUnreachableError(f"the watch of {path} broke off") from error

    async def _call(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        try:
            async with self._session.request(
                method,
                self._url(path),
                data=body,
                headers=await self._headers(),
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                return answer.status, await answer.read()
        except _UNREACHABLE as error:
            raise KubeUnreachableError(f"no answer to {method} {path}") from error

    def _url(self, path: str) -> str:
        return f"{self._configuration.host}{path}"

    async def _headers(self) -> dict[str, str]:
        """Credentials anew for each call: the kubelet replaces the mounted token every hour."""
        token = await self._configuration.get_api_key_with_prefix("BearerToken")
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        return {**headers, "Authorization": token} if token else headers


async def connect(kubeconfig: Path | None = None) -> KubeClient:
    """A client for the cluster this pod runs in, or for the current context of a kubeconfig.

    Raises KubeUnreachableError where neither can be read.
    """
    configuration = Configuration()
    try:
        if kubeconfig is None:
            config.load_incluster_config(client_configuration=configuration)
        else:
            await config.load_kube_config(
                config_file=str(kubeconfig),
                client_configuration=configuration,
                persist_config=False,
            )
    except (config.ConfigException, OSError) as error:
        raise KubeUnreachableError("no usable configuration for the Kubernetes API") from error
    return KubeClient(configuration)


def _must_be_fine(status: int, path: str) -> None:
    if status == 429 or status >= 500:
        raise KubeUnreachableError(f"the API server answered {status} to {path}")
    if status >= 300:
        raise KubeRefusedError(status, path)


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines of any length up to the maximum; the reader's own limit is far too low for objects."""
    line = bytearray()
    async for chunk in content.iter_any():
        for piece in chunk.splitlines(keepends=True):
            line += piece
            if len(line) > MAXIMUM_LINE:
                raise KubeUnreachableError("a watch event was larger than any object can be")
            if line.endswith(b"\n"):
                yield bytes(line[:-1])
                line.clear()
