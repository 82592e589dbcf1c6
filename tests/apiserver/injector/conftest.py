# SPDX-License-Identifier: Apache-2.0
"""The chart's webhook and policies in a real API server, and the real webhook process behind it.

They stand in an API server of their own: other suites ask for tokens of our audience as an
administrator, which the policies refuse. And they are put in once: when they were taken out and put
in again, the API server was seen to go on with the ConfigMap that their parameter had been before.
"""

import base64
import copy
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from apiserver_harness import Answer, ApiServer, Client, until
from apiserver_process import establish_crds, running_apiserver

from localcluster import build, modules, toolchain
from localcluster.settings import Settings
from skm_common import names

ROOT = Path(__file__).parents[3]
RELEASE = "skm-injected"
AGENT_IMAGE = "localhost/skm-agent:0.1.0"
TEMPLATES = (
    "webhook-configuration",
    "webhook-rbac",
    "policy-pods",
    "policy-tokens",
    "policy-workloads",
)
REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
PATHS = {
    "ServiceAccount": f"/api/v1/namespaces/{RELEASE}/serviceaccounts",
    "ClusterRole": f"{RBAC}/clusterroles",
    "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
    "Role": f"{RBAC}/namespaces/{RELEASE}/roles",
    "RoleBinding": f"{RBAC}/namespaces/{RELEASE}/rolebindings",
    "MutatingWebhookConfiguration": f"{REGISTRATION}/mutatingwebhookconfigurations",
    "ValidatingAdmissionPolicy": f"{REGISTRATION}/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": f"{REGISTRATION}/validatingadmissionpolicybindings",
}
SECRETS = f"/api/v1/namespaces/{RELEASE}/secrets"
CONFIG_MAPS = f"/api/v1/namespaces/{RELEASE}/configmaps"


@dataclass
class Deployed:
    """The release: API server, webhook process, and what stands in the cluster."""

    server: ApiServer
    folder: Path
    documents: list[dict[str, Any]]
    ca: trustme.CA = field(default_factory=trustme.CA)
    kms_ca: trustme.CA = field(default_factory=trustme.CA)
    process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.port, self.health_port = _free_ports(2)
        self.admin = self.server.admin

    @property
    def ca_pem(self) -> str:
        return self.kms_ca.cert_pem.bytes().decode()

    def install(self) -> None:
        """What `helm install` and the operator do."""
        self.server.namespace(RELEASE)
        self.admin.must("POST", CONFIG_MAPS, _config_map(self.ca_pem))
        empty = {"metadata": {"name": names.WEBHOOK_SERVING_SECRET}, "type": "Opaque"}
        self.admin.must("POST", SECRETS, empty)
        for document in self.documents:
            if document["kind"] != "MutatingWebhookConfiguration":
                self.admin.must("POST", PATHS[document["kind"]], document)
        self.configure_webhook()

    def configure_webhook(self) -> None:
        """The configuration as rendered, but for an address that a test machine can reach."""
        (document,) = (d for d in self.documents if d["kind"] == "MutatingWebhookConfiguration")
        configuration = copy.deepcopy(document)
        bundle = base64.b64encode(self.ca.cert_pem.bytes()).decode()
        for webhook in configuration["webhooks"]:
            path = webhook["clientConfig"]["service"]["path"]
            url = f"https://127.0.0.1:{self.port}{path}"
            webhook["clientConfig"] = {"url": url, "caBundle": bundle}
        self.admin.must("POST", PATHS[configuration["kind"]], configuration)

    def delete_webhook_configuration(self) -> None:
        path = f"{PATHS['MutatingWebhookConfiguration']}/skm-webhook"
        assert self.admin.delete(path).status == 200

    def put_certificate(self) -> None:
        """What the operator does: a pair in the Secret."""
        leaf = self.ca.issue_cert("127.0.0.1")
        data = {
            "tls.crt": leaf.cert_chain_pems[0].bytes(),
            "tls.key": leaf.private_key_pem.bytes(),
        }
        body = {"data": {n: base64.b64encode(v).decode() for n, v in data.items()}}
        answer = self.admin.patch(f"{SECRETS}/{names.WEBHOOK_SERVING_SECRET}", body)
        assert answer.status == 200, answer.message

    def start(self, **settings: str) -> None:
        token = self.folder / "token"
        token.write_text(self.server.token(RELEASE, names.WEBHOOK))
        environment = {
            "SKM_AGENT_IMAGE": AGENT_IMAGE,
            "SKM_AGENT_RESOURCES": json.dumps({"requests": {"cpu": "10m", "memory": "32Mi"}}),
            "SKM_NAMESPACE": RELEASE,
            "SKM_PORT": str(self.port),
            "SKM_HEALTH_PORT": str(self.health_port),
            "SKM_DRAIN": "0",
            "SKM_API_SERVER": self.server.url,
            "SKM_API_CA": str(self.server.authority),
            "SKM_API_TOKEN": str(token),
            **settings,
        }
        with (self.folder / "webhook.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "skm_injector.webhook"],
                env={"PATH": os.environ["PATH"], **environment},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.process = None
        return code

    def health(self, path: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.health_port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return Answer(response.status, {"message": response.read().decode()})
        except OSError as error:
            return Answer(0, {"message": str(error)})
        finally:
            connection.close()

    @property
    def log(self) -> str:
        return (self.folder / "webhook.log").read_text()

    def await_ready(self) -> None:
        until(lambda: self.health("/readyz").status == 200 or self.dead(), 30)

    def dead(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            pytest.fail(f"the webhook ended:\n{self.log}")
        return False


def _config_map(pem: str) -> dict[str, Any]:
    return {"metadata": {"name": names.CA_CONFIG_MAP}, "data": {"ca.crt": pem}}


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="session")
def release(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Policies and configuration in force, the webhook running without its certificate."""
    documents = render(programs, *(f"--show-only=templates/{name}.yaml" for name in TEMPLATES))
    with running_apiserver(programs) as server:
        establish_crds(server)
        deployed = Deployed(server, tmp_path_factory.mktemp("webhook"), documents)
        try:
            deployed.install()
            deployed.start()
            yield deployed
        finally:
            if deployed.process is not None:
                deployed.process.kill()
                deployed.process.wait()


@pytest.fixture(scope="session")
def deployed(release: Deployed) -> Deployed:
    """The same, ready: each policy has been seen to refuse."""
    release.put_certificate()
    release.await_ready()
    server = release.server
    bare = server.namespace()
    until(lambda: mint(release.admin, bare, "default", "skm.dev").status == 403)
    until(lambda: "no Keystore orders" in _refusal(release, bare))
    until(lambda: _binding(release, bare).status == 403)
    until(lambda: _forged(release, bare).status == 403)
    return release


def _refusal(deployed: Deployed, namespace: str) -> str:
    return create(deployed.admin, namespace, {**pod(), "spec": spec()}).message


def _binding(deployed: Deployed, namespace: str) -> Answer:
    path = f"/api/v1/namespaces/{namespace}/pods/absent/binding"
    target = {"kind": "Node", "name": "node0"}
    metadata = {"name": "absent", "annotations": {"skm.dev/x": "y"}}
    return deployed.admin.create(path, {"metadata": metadata, "target": target})


def _forged(deployed: Deployed, namespace: str) -> Answer:
    """A mark added to a running pod."""
    path = f"/api/v1/namespaces/{namespace}/pods"
    deployed.admin.create(path, {"metadata": {"name": "plain"}, "spec": spec()})
    return deployed.admin.patch(f"{path}/plain", {"metadata": {"annotations": {"skm.dev/x": "y"}}})


@dataclass
class Room:
    """A namespace with the keystore `orders`, its key, and a policy for ServiceAccount `app`."""

    deployed: Deployed
    namespace: str

    def __post_init__(self) -> None:
        self.admin: Client = self.deployed.admin
        self.pods = f"/api/v1/namespaces/{self.namespace}/pods"

    def resource(self, kind: str, name: str, spec: dict[str, Any]) -> None:
        path = f"/apis/{names.API_VERSION}/namespaces/{self.namespace}/{names.PLURALS[kind]}"
        document = {
            "apiVersion": names.API_VERSION,
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }
        self.admin.must("POST", path, document)

    def furnish(self) -> None:
        self.deployed.server.service_account(self.namespace, "app")
        self.resource("Keystore", "orders", {"authentication": {"ipv4": {}}})
        self.resource(
            "Key", "orders-db", {"keystoreRef": {"name": "orders"}, "secret": {"managed": {}}}
        )
        subject = {
            "serviceAccountName": "app",
            "podSelector": {"matchLabels": {"app": "orders"}},
        }
        self.resource(
            "AccessPolicy",
            "orders-app",
            {
                "keystoreRef": {"name": "orders"},
                "subjects": [{"workload": subject}],
                "rules": [{"keys": ["orders-db"], "operations": ["ReadSecret"]}],
            },
        )

    def create(self, document: dict[str, Any], query: str = "") -> Answer:
        return create(self.admin, self.namespace, document, query)


@pytest.fixture
def room(deployed: Deployed) -> Room:
    """A furnished namespace of the test's own."""
    room = Room(deployed, deployed.server.namespace())
    room.furnish()
    return room


@pytest.fixture
def make_pod():
    """Builds pods as their authors write them."""
    return pod


@pytest.fixture
def mint_token():
    """Asks for a token as a client."""
    return mint


def create(client: Client, namespace: str, document: dict[str, Any], query: str = "") -> Answer:
    return client.create(f"/api/v1/namespaces/{namespace}/pods{query}", document)


def mint(client: Client, namespace: str, account: str, audience: str, bound: Any = None) -> Answer:
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    spec = {"audiences": [audience], "expirationSeconds": 600}
    if bound is not None:
        metadata = bound["metadata"]
        spec["boundObjectRef"] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": metadata["name"],
            "uid": metadata["uid"],
        }
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return client.create(path, request)


def spec(**changes: Any) -> dict[str, Any]:
    """A pod's spec for ServiceAccount `default` unless changed."""
    return {"containers": [{"name": "app", "image": "localhost/app:1"}], **changes}


def pod(
    name: str = "orders", *, inject: str = "orders/orders-db", **annotations: str
) -> dict[str, Any]:
    """An annotated pod that the room's policy admits."""
    marks = {f"skm.dev/{n.replace('_', '-')}": text for n, text in annotations.items()}
    return {
        "metadata": {
            "name": name,
            "labels": {"app": "orders", "tier": "back"},
            "annotations": {"skm.dev/inject": inject, **marks},
        },
        "spec": spec(serviceAccountName="app"),
    }


@pytest.fixture
def rendered(programs: Path | None):
    """Renders the chart, with further arguments for helm."""
    return lambda *arguments: render(programs, *arguments)


def render(programs: Path | None, *arguments: str) -> list[dict[str, Any]]:
    chart = str(ROOT / "charts" / "secure-key-manager")
    command = [str(_helm(programs)), "template", "skm", chart, "-n", RELEASE, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def _helm(programs: Path | None) -> Path:
    if programs is not None:
        return programs / "helm"
    settings = Settings()
    module = next(m for m in modules.modules(settings.kubernetes) if "helm" in m.programs)
    go = toolchain.installed(module.go, toolchain.candidates(settings.cache))
    return build.build(module, go or toolchain.install(settings.cache), settings.cache) / "helm"
