# SPDX-License-Identifier: Apache-2.0
"""The Kubernetes API, as far as the operator may use it; no other module knows `kubernetes`."""

import base64
import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from kubernetes.aio import client, config

from skm_common import names
from skm_operator.errors import KubernetesError

Document = dict[str, Any]

MERGE: Final = "application/merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"

_CUSTOM: Final = f"/apis/{names.GROUP}/{names.VERSION}"
_WEBHOOKS: Final = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
_PAGE: Final = 500
_TIMEOUT: Final = 30.0


class Kubernetes:
    """A handful of calls, each with plain documents; each raises KubernetesError, nothing else."""

    def __init__(self, api: client.ApiClient) -> None:
        self._api = api

    @classmethod
    async def connect(cls, kubeconfig: str) -> Self:
        """A connection by the pod's ServiceAccount, or by a kubeconfig if a path is given."""
        settings = client.Configuration()
        if kubeconfig:
            await config.load_kube_config(config_file=kubeconfig, client_configuration=settings)
        else:
            config.load_incluster_config(client_configuration=settings)
        api = client.ApiClient(configuration=settings)
        api.user_agent = names.OPERATOR  # The API server names the manager of fields after it.
        return cls(api)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._api.close()

    def endpoint(self) -> Mapping[str, Any]:
        """Address and credentials as they are now, for another client's connection."""
        chosen = self._api.configuration
        bearer = chosen.api_key.get("BearerToken", "")
        return {
            "token": bearer.partition(" ")[2] or None,
            "server": chosen.host,
            "ca_path": chosen.ssl_ca_cert,
            "certificate_path": chosen.cert_file,
            "private_key_path": chosen.key_file,
        }

    async def resources(self) -> list[Document]:
        """Every Keystore, Key and AccessPolicy of the cluster."""
        found: list[Document] = []
        for kind, plural in names.PLURALS.items():
            found += [
                {**item, "apiVersion": names.API_VERSION, "kind": kind}
                for item in await self._list(f"{_CUSTOM}/{plural}")
            ]
        return found

    async def resource(self, kind: str, namespace: str, name: str) -> Document | None:
        """One live resource, or None if there is none."""
        return await self._find(_place(kind, namespace, name))

    async def write_status(self, resource: Mapping[str, Any], status: Mapping[str, Any]) -> bool:
        """Replaces a resource's status; False if it has changed or gone since it was read."""
        metadata = resource["metadata"]
        removed = dict.fromkeys(resource.get("status") or {})
        path = _place(resource["kind"], metadata["namespace"], metadata["name"])
        read = {name: metadata[name] for name in ("uid", "resourceVersion")}
        body = {"metadata": read, "status": {**removed, **status}}
        try:
            await self._request("PATCH", f"{path}/status", body, content=MERGE)
        except KubernetesError as error:
            if error.status in (404, 409):
                return False
            raise
        return True

    async def post_event(self, event: Mapping[str, Any]) -> None:
        """Creates an Event (events.k8s.io/v1) in its namespace."""
        namespace = event["metadata"]["namespace"]
        path = f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
        await self._request("POST", path, event)

    async def lease(self, namespace: str, name: str) -> Document | None:
        """A Lease, or None."""
        return await self._find(f"{_leases(namespace)}/{name}")

    async def create_lease(self, lease: Mapping[str, Any]) -> Document:
        """Creates a Lease; 409 if it exists."""
        return await self._request("POST", _leases(lease["metadata"]["namespace"]), lease)

    async def replace_lease(self, lease: Mapping[str, Any]) -> Document:
        """Replaces a Lease; 409 if its resourceVersion isn't the newest."""
        metadata = lease["metadata"]
        path = f"{_leases(metadata['namespace'])}/{metadata['name']}"
        return await self._request("PUT", path, lease)

    async def secret(self, namespace: str, name: str) -> Document | None:
        """A Secret, or None."""
        return await self._find(f"/api/v1/namespaces/{namespace}/secrets/{name}")

    async def replace_secret(self, secret: Mapping[str, Any]) -> Document:
        """Replaces a Secret; 409 if its resourceVersion isn't the newest."""
        metadata = secret["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/secrets/{metadata['name']}"
        return await self._request("PUT", path, secret)

    async def webhook_configuration(self, name: str) -> Document | None:
        """A MutatingWebhookConfiguration, or None."""
        return await self._find(f"{_WEBHOOKS}/{name}")

    async def patch_webhook_configuration(
        self, name: str, patch: Sequence[Mapping[str, Any]], manager: str
    ) -> Document:
        """Applies a JSON patch (RFC 6902) under the name of a field manager."""
        path = f"{_WEBHOOKS}/{name}"
        query = [("fieldManager", manager)]
        return await self._request("PATCH", path, list(patch), content=JSON_PATCH, query=query)

    async def _list(self, path: str) -> list[Document]:
        items: list[Document] = []
        query = [("limit", str(_PAGE))]
        while True:
            page = await self._request("GET", path, query=query)
            items += page["items"]
            more = page["metadata"].get("continue")
            if not more:
                return items
            query = [("limit", str(_PAGE)), ("continue", more)]

    async def _find(self, path: str) -> Document | None:
        try:
            return await self._request("GET", path)
        except KubernetesError as error:
            if error.status == 404:
                return None
            raise

    async def _request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: str = "application/json",
        query: list[tuple[str, str]] | None = None,
    ) -> Document:
        try:
            return await self._exchange(method, path, body, content, query or [])
        except (aiohttp.ClientError, client.ApiException, OSError, ValueError) as error:
            raise KubernetesError(0, str(error) or type(error).__name__) from error

    async def _exchange(
        self, method: str, path: str, body: Any, content: str, query: list[tuple[str, str]]
    ) -> Document:
        headers = {"Accept": "application/json", "Content-Type": content}
        call = await self._api.param_serialize(
            method,
            path,
            query_params=query,
            header_params=headers,
            body=body,
            auth_settings=["BearerToken"],
        )
        response = await self._api.call_api(*call, _request_timeout=_TIMEOUT)
        document: Document = json.loads(await response.read() or b"{}")
        if response.status >= 300:
            raise KubernetesError(response.status, str(document.get("message", "")))
        return document


def decoded(secret: Mapping[str, Any]) -> dict[str, bytes]:
    """The data of a Secret."""
    return {name: base64.b64decode(value) for name, value in (secret.get("data") or {}).items()}


def with_data(secret: Mapping[str, Any], data: Mapping[str, bytes]) -> Document:
    """The Secret with other data, and all else as it was."""
    encoded = {name: base64.b64encode(value).decode() for name, value in data.items()}
    return {**secret, "data": encoded}


def _place(kind: str, namespace: str, name: str) -> str:
    return f"{_CUSTOM}/namespaces/{namespace}/{names.PLURALS[kind]}/{name}"


def _leases(namespace: str) -> str:
    return f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
