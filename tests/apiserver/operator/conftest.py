# SPDX-License-Identifier: Apache-2.0
"""The operator as a process of its own, with the chart's own rights, beside a double of the KMS."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from apiserver_harness import ApiServer, Client, until
from kms_admin_double import KmsDouble

from localcluster import build, modules, toolchain
from localcluster.settings import Settings
from skm_common import names

ROOT = Path(__file__).parents[3]
CHART = ROOT / "charts" / "secure-key-manager"
NAMESPACE = names.NAMESPACE
SKM = "/apis/skm.dev/v1alpha1"
KINDS = {**names.PLURALS, "ChangeRequest": names.CHANGE_REQUESTS}
PATHS = {
    "ServiceAccount": f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts",
    "Secret": f"/api/v1/namespaces/{NAMESPACE}/secrets",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/roles",
    "RoleBinding": f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/rolebindings",
    "Deployment": f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments",
    "ValidatingAdmissionPolicy": (
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    ),
    "ValidatingAdmissionPolicyBinding": (
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
    ),
}
TEMPLATES = ("operator", "operator-rbac", "operator-webhook-secrets", "policy-operator")


@pytest.fixture(scope="session")
def render(programs: Path | None) -> Callable[..., list[dict[str, Any]]]:
    """The objects of some of the chart's templates."""

    def show(*templates: str, values: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        shown = [f"--show-only=templates/{name}.yaml" for name in templates]
        chosen = [f"--set={value}" for value in values]
        base = [str(_helm(programs)), "template", "skm", str(CHART), "-n", NAMESPACE]
        command = [*base, *shown, *chosen]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [document for document in yaml.safe_load_all(text) if document]

    return show


@pytest.fixture(scope="session")
def rendered(render: Callable[..., list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The operator's objects, as the chart renders them."""
    return render(*TEMPLATES)


@pytest.fixture(scope="session")
def installed(crds: ApiServer, rendered: list[dict[str, Any]]) -> ApiServer:
    """The API server with the CRDs and the operator's objects."""
    crds.namespace(NAMESPACE)
    for document in rendered:
        path = f"{PATHS[document['kind']]}/{document['metadata']['name']}"
        answer = crds.admin.apply(path, document)
        assert answer.status in (200, 201), answer.message
    return crds


@pytest.fixture(scope="session")
def operator_account(installed: ApiServer) -> Client:
    """A caller with the operator's own token."""
    return installed.account(NAMESPACE, names.OPERATOR)


@pytest.fixture(scope="session")
def kms_double() -> Iterator[KmsDouble]:
    """The double that the session's operator talks to."""
    with tempfile.TemporaryDirectory(prefix="skm-double-") as folder:
        double = KmsDouble(Path(folder))
        double.start()
        yield double
        double.stop()


@dataclass
class Running:
    """An operator's process and what it wrote."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def end(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    @property
    def text(self) -> str:
        """Its log."""
        return self.log.read_text()

    def get(self, path: str) -> str:
        """What its health port answers."""
        told = until(lambda: re.search(r"metrics on port (\d+)", self.text))
        with urllib.request.urlopen(f"http://127.0.0.1:{told.group(1)}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def metric(self, name: str) -> float:
        """One of its samples, 0 if there is none yet."""
        lines = (line.rsplit(" ", 1) for line in self.get("/metrics").splitlines())
        return next((float(value) for found, value in lines if found == name), 0.0)


Start = Callable[..., Running]


@pytest.fixture(scope="session")
def start(
    installed: ApiServer, operator_account: Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    """Starts operators against a double, by the name of their pods; ends those that are left."""
    kubeconfig = installed.kubeconfig(operator_account)
    running: list[Running] = []

    def begin(double: KmsDouble, pod_name: str, lease: float = 15.0) -> Running:
        log = tmp_path_factory.mktemp("operator") / "log"
        environment = {
            **os.environ,
            "SKM_POD_NAME": pod_name,
            "SKM_KUBECONFIG": str(kubeconfig),
            "SKM_KMS_URL": double.url,
            "SKM_KMS_CA": str(double.ca_file),
            "SKM_KMS_TOKEN": str(double.token_file),
            "SKM_HEALTH_ADDRESS": "127.0.0.1",
            "SKM_HEALTH_PORT": "0",
            "SKM_DRIFT_INTERVAL": "0.5",
            "SKM_LEASE_SECONDS": str(lease),
            "SKM_PKI_INTERVAL": "0.5",
        }
        command = [sys.executable, "-W", "error", "-m", "skm_operator"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
        running.append(Running(process, log))
        return running[-1]

    yield begin
    for one in running:
        one.process.kill()
        one.process.wait()


@pytest.fixture(scope="session")
def operator(start: Start, kms_double: KmsDouble) -> Running:
    """The session's operator, leading."""
    running = start(kms_double, "skm-operator-0")
    until(lambda: " leads" in running.text or running.process.poll() is not None)
    assert running.process.poll() is None, running.text
    return running


class Objects:
    """A person with all rights in one namespace, and what the operator says there."""

    def __init__(self, admin: Client, namespace: str) -> None:
        self.admin, self.namespace = admin, namespace

    def path(self, kind: str, name: str = "") -> str:
        """Where objects of a kind are, or one of them."""
        return f"{SKM}/namespaces/{self.namespace}/{KINDS[kind]}/{name}".rstrip("/")

    def create(self, kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
        """Creates one."""
        document = {
            "apiVersion": names.API_VERSION,
            "kind": kind,
            "metadata": {"name": name, **metadata},
            "spec": spec,
        }
        return self.admin.must("POST", self.path(kind), document)

    def read(self, kind: str, name: str) -> dict[str, Any]:
        """Reads one; {} if there is none."""
        answer = self.admin.get(self.path(kind, name))
        return answer.body if answer.status == 200 else {}

    def patch(self, kind: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Patches one."""
        answer = self.admin.patch(self.path(kind, name), body)
        assert answer.status == 200, answer.message
        return answer.body

    def delete(self, kind: str, name: str) -> None:
        """Deletes one."""
        assert self.admin.delete(self.path(kind, name)).status == 200

    def remove_all(self) -> None:
        """Leaves less to look after for the tests that follow."""
        for kind in names.PLURALS:
            assert self.admin.delete(self.path(kind)).status == 200

    def condition(self, kind: str, name: str, wanted: str = "Ready") -> dict[str, Any]:
        """One of its conditions, {} until there is one for its newest generation."""
        found = self.read(kind, name)
        generation = found["metadata"]["generation"]
        for item in found.get("status", {}).get("conditions", []):
            if item["type"] == wanted and item["observedGeneration"] == generation:
                return dict(item)
        return {}

    def until(self, kind: str, name: str, status: str, reason: str) -> dict[str, Any]:
        """Waits for a Ready condition, and returns it."""

        def holds() -> dict[str, Any] | None:
            found = self.condition(kind, name)
            same = (found.get("status"), found.get("reason")) == (status, reason)
            return found if same else None

        return until(holds)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The Events about one object."""
        path = f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events"
        items = self.admin.get(path).body["items"]
        return [item for item in items if item["regarding"]["name"] == name]


@pytest.fixture(scope="session")
def objects_of(installed: ApiServer) -> Callable[[str], Objects]:
    """Objects of a namespace, whoever looks after them."""
    return lambda namespace: Objects(installed.admin, namespace)


@pytest.fixture
def objects(
    objects_of: Callable[[str], Objects], operator: Running, namespace: str
) -> Iterator[Objects]:
    """Objects of the test's own namespace, looked after by the session's operator."""
    assert operator.process.poll() is None, operator.text
    found = objects_of(namespace)
    yield found
    found.remove_all()


def _helm(programs: Path | None) -> Path:
    if programs is not None:
        return programs / "helm"
    settings = Settings()
    module = next(m for m in modules.modules(settings.kubernetes) if "helm" in m.programs)
    go = toolchain.installed(module.go, toolchain.candidates(settings.cache))
    return build.build(module, go or toolchain.install(settings.cache), settings.cache) / "helm"
