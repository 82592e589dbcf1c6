# SPDX-License-Identifier: Apache-2.0
"""The Kubernetes API by the job's own account: the only module that knows the client package."""

import json
import ssl
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client.configuration import Configuration

from skm_common import names

from .errors import ApiRefusedError, ApiUnreachableError
from .manifests import Manifest

ANSWER_SECONDS: Final = 10.0


class Cluster:
    """Create, read and patch objects; errors name the object and the right, never content."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        tls = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
        if configuration.cert_file:
            tls.load_cert_chain(configuration.cert_file, configuration.key_file)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls),
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
            trust_env=False,
        )

    @classmethod
    def in_pod(cls) -> Self:
        """The cluster that this pod runs in; ApiUnreachableError if it runs in none."""
        configuration = Configuration()
        try:
            config.load_incluster_config(client_configuration=configuration)
        except config.ConfigException as error:
            raise ApiUnreachableError("this program runs as a job inside the cluster") from error
        return cls(configuration)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def create(self, manifest: Manifest) -> bool:
        """Create an object; False if one of that name exists already."""
        body = json.dumps(manifest.document)
        status, answer = await self._call("POST", manifest.collection, body, "application/json")
        if status == 409 and answer.get("reason") == "AlreadyExists":
            return False
        _must_be_fine(status, answer, f"create {_told(manifest)}")
        return True

    async def get(self, path: str) -> dict[str, Any] | None:
        """The object at a path, or None if there is none."""
        status, answer = await self._call("GET", path, None, "application/json")
        if status == 404:
            return None
        _must_be_fine(status, answer, f"read {path}")
        return answer

    async def patch(self, manifest: Manifest, change: dict[str, Any]) -> None:
        """Merge a change into an existing object."""
        body = json.dumps(change)
        status, answer = await self._call(
            "PATCH", manifest.path, body, "application/merge-patch+json"
        )
        _must_be_fine(status, answer, f"change {_told(manifest)}")

    async def _call(
        self, method: str, path: str, body: str | None, media_type: str
    ) -> tuple[int, dict[str, Any]]:
        headers = {"accept": "application/json", "content-type": media_type}
        token = await self._configuration.get_api_key_with_prefix("BearerToken")
        if token:
            headers["authorization"] = token
        try:
            async with self._session.request(
                method, f"{self._configuration.host}{path}", data=body, headers=headers
            ) as answer:
                status, text = answer.status, await answer.text()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ApiUnreachableError(
                f"the API server at {self._configuration.host} does not answer: "
                f"{str(error) or type(error).__name__}"
            ) from error
        if status == 429 or status >= 500:
            raise ApiUnreachableError(f"the API server answered {status} to {method} {path}")
        return status, _document(text)


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _told(manifest: Manifest) -> str:
    return f"{manifest.document['kind']} {manifest.name}"


def _must_be_fine(status: int, answer: dict[str, Any], what: str) -> None:
    if status < 300:
        return
    said = answer.get("message", "no reason given")
    remedy = ""
    if status == 403:
        remedy = f"; give that right to the ServiceAccount {names.INSTALL}"
    elif status == 401:
        remedy = f"; the token of the ServiceAccount {names.INSTALL} is not accepted"
    raise ApiRefusedError(status, f"cannot {what}: the API server says {status}: {said}{remedy}")
