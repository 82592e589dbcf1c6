# SPDX-License-Identifier: Apache-2.0
"""Callers of a real API server, for the suites under tests/apiserver (see its conftest.py)."""

import http.client
import itertools
import json
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import trustme
import yaml

MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
T = TypeVar("T")


def until(holds: Callable[[], T], seconds: float = 15.0) -> T:
    """Poll a real thing until it is truthy; returns that value, and fails at the deadline."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)
    return value


@dataclass(frozen=True)
class Answer:
    """What the API server answered."""

    status: int
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """The sentence of a refusal."""
        return str(self.body.get("message", ""))


class Client:
    """A caller of the API server, by client certificate or token."""

    def __init__(self, port: int, authority: Path, pair: Path | None, token: str | None) -> None:
        self.port, self.authority, self.pair, self.token = port, authority, pair, token
        self._tls = ssl.create_default_context(cafile=str(authority))
        if pair is not None:
            self._tls.load_cert_chain(pair)

    def request(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> Answer:
        """One call on a connection of its own."""
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self._tls)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        try:
            document = json.loads(text)
        except ValueError:
            document = {"message": text.decode()}
        return Answer(answer.status, document)

    def must(self, method: str, path: str, body: Any = None, **options: str) -> dict[str, Any]:
        """One call that has to succeed; returns its body."""
        answer = self.request(method, path, body, **options)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.message}"
        return answer.body

    def get(self, path: str) -> Answer:
        """Read."""
        return self.request("GET", path)

    def create(self, path: str, body: Any) -> Answer:
        """POST to a collection."""
        return self.request("POST", path, body)

    def patch(self, path: str, body: Any) -> Answer:
        """JSON merge patch."""
        return self.request("PATCH", path, body, MERGE)

    def apply(self, path: str, body: Any, manager: str = "test") -> Answer:
        """Server-side apply."""
        query = f"{path}?fieldManager={manager}&force=true"
        return self.request("PATCH", query, body, APPLY)

    def delete(self, path: str, grace: int | None = None) -> Answer:
        """DELETE; a pod with a grace period stays, terminating, since no kubelet confirms it."""
        body = {} if grace is None else {"gracePeriodSeconds": grace}
        return self.request("DELETE", path, body)


@dataclass
class ApiServer:
    """The running server."""

    port: int
    folder: Path
    ca: trustme.CA
    _names: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.authority = self.folder / "ca.pem"
        self.admin = self.user("admin", "system:masters")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://127.0.0.1:{self.port}"

    def user(self, name: str, group: str | None = None) -> Client:
        """A person, or whoever has a client certificate with this name and group."""
        leaf = self.ca.issue_cert("client.test", common_name=name, organization_name=group)
        pair = self.folder / f"client-{next(self._names)}.pem"
        leaf.private_key_and_cert_chain_pem.write_to_path(str(pair))
        return Client(self.port, self.authority, pair, None)

    def node(self, name: str) -> Client:
        """A kubelet."""
        return self.user(f"system:node:{name}", "system:nodes")

    def account(self, namespace: str, name: str, **options: Any) -> Client:
        """A ServiceAccount with a real token; options as for `token`."""
        token = self.token(namespace, name, **options)
        return Client(self.port, self.authority, None, token)

    def token(
        self,
        namespace: str,
        name: str,
        *,
        audience: str | None = None,
        pod: dict[str, Any] | None = None,
        by: Client | None = None,
    ) -> str:
        """A token by TokenRequest: for the API server or an audience, bound to a pod or not."""
        spec: dict[str, Any] = {"expirationSeconds": 3600}
        if audience is not None:
            spec["audiences"] = [audience]
        if pod is not None:
            meta = pod["metadata"]
            bound = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"]}
            spec["boundObjectRef"] = bound
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return str((by or self.admin).must("POST", path, request)["status"]["token"])

    def kubeconfig(self, client: Client) -> Path:
        """A kubeconfig that acts as this client."""
        if client.token is not None:
            user = {"token": client.token}
        else:
            user = {"client-certificate": str(client.pair), "client-key": str(client.pair)}
        cluster = {"server": self.url, "certificate-authority": str(self.authority)}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": user}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "current-context": "test",
        }
        path = self.folder / f"kubeconfig-{next(self._names)}.yaml"
        path.write_text(yaml.safe_dump(document))
        return path

    def namespace(self, name: str | None = None) -> str:
        """A namespace with its default ServiceAccount; one that exists already will do."""
        chosen = name or f"test-{next(self._names)}"
        self.admin.create("/api/v1/namespaces", {"metadata": {"name": chosen}})
        self.service_account(chosen, "default")
        return chosen

    def service_account(self, namespace: str, name: str) -> None:
        """A ServiceAccount, if it doesn't exist yet."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        answer = self.admin.create(path, {"metadata": {"name": name}})
        assert answer.status in (201, 409), answer.message
