# SPDX-License-Identifier: Apache-2.0
"""The command lines of etcd, API server, controller manager and scheduler, all on node 0.

etcd listens on the loopback of node 0's network and asks each client and peer for a certificate of
its own CA: a pod on the host network reaches the ports, and is refused.
"""

from pathlib import Path

from .addresses import Addresses
from .credentials import API_PORT, CONTROLLERS, folder, kubeconfig
from .processes import Component
from .settings import Settings

ISSUER = "https://kubernetes.default.svc.cluster.local"


def components(settings: Settings, addresses: Addresses, programs: Path) -> list[Component]:
    """Return the control plane in the order in which it starts."""
    table = {
        "etcd": _etcd(settings),
        "kube-apiserver": _api_server(settings, addresses),
        CONTROLLERS: _controllers(settings),
        "kube-scheduler": _scheduler(settings),
    }
    logs = settings.state / "logs"
    return [
        Component(name, 0, programs / name, tuple(arguments), logs / f"{name}.log")
        for name, arguments in table.items()
    ]


def _etcd(settings: Settings) -> list[str]:
    pki = folder(settings)
    durable = [] if settings.etcd_fsync else ["--unsafe-no-fsync"]
    return [
        "--name=node0",
        f"--data-dir={settings.state}/etcd",
        "--listen-client-urls=https://127.0.0.1:2379",
        "--advertise-client-urls=https://127.0.0.1:2379",
        "--listen-peer-urls=https://127.0.0.1:2380",
        "--initial-advertise-peer-urls=https://127.0.0.1:2380",
        "--initial-cluster=node0=https://127.0.0.1:2380",
        f"--peer-cert-file={pki}/etcd.crt",
        f"--peer-key-file={pki}/etcd.key",
        f"--peer-trusted-ca-file={pki}/etcd-ca.crt",
        "--peer-client-cert-auth=true",
        f"--cert-file={pki}/etcd.crt",
        f"--key-file={pki}/etcd.key",
        f"--trusted-ca-file={pki}/etcd-ca.crt",
        "--client-cert-auth=true",
        *durable,
    ]


def _api_server(settings: Settings, addresses: Addresses) -> list[str]:
    pki = folder(settings)
    return [
        "--etcd-servers=https://127.0.0.1:2379",
        f"--etcd-cafile={pki}/etcd-ca.crt",
        f"--etcd-certfile={pki}/etcd-client.crt",
        f"--etcd-keyfile={pki}/etcd-client.key",
        f"--advertise-address={addresses.node(0)}",
        f"--secure-port={API_PORT}",
        f"--service-cluster-ip-range={addresses.services}",
        f"--client-ca-file={pki}/ca.crt",
        f"--tls-cert-file={pki}/apiserver.crt",
        f"--tls-private-key-file={pki}/apiserver.key",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={pki}/serviceaccount.pub",
        f"--service-account-signing-key-file={pki}/serviceaccount.key",
        f"--kubelet-client-certificate={pki}/kubelet-client.crt",
        f"--kubelet-client-key={pki}/kubelet-client.key",
        f"--kubelet-certificate-authority={pki}/ca.crt",
        "--kubelet-preferred-address-types=InternalIP",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
    ]


def _controllers(settings: Settings) -> list[str]:
    pki, config = folder(settings), kubeconfig(settings, CONTROLLERS)
    return [
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        "--bind-address=127.0.0.1",
        f"--service-account-private-key-file={pki}/serviceaccount.key",
        f"--root-ca-file={pki}/ca.crt",
        f"--cluster-signing-cert-file={pki}/ca.crt",
        f"--cluster-signing-key-file={pki}/ca.key",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
    ]


def _scheduler(settings: Settings) -> list[str]:
    config = kubeconfig(settings, "kube-scheduler")
    return [
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
    ]
