# SPDX-License-Identifier: Apache-2.0
"""Who speaks to whom with which certificate, and the kubeconfig files that carry them."""

import base64
import datetime
import json
import os
from ipaddress import IPv4Address
from pathlib import Path

from .addresses import Addresses
from .pki import Authority, Leaf, ensure_signing_key
from .settings import Settings

CONTROLLERS = "kube-controller-manager"
API_PORT = 6443


def folder(settings: Settings) -> Path:
    """Return the folder of keys and certificates, for root only."""
    return settings.state / "pki"


def create(settings: Settings, addresses: Addresses, now: datetime.datetime) -> None:
    """Make the CAs if they are missing, all leaves, and a kubeconfig for each client."""
    pki = folder(settings)
    pki.mkdir(mode=0o700, parents=True, exist_ok=True)
    kubernetes, etcd = Authority(pki, "ca", now), Authority(pki, "etcd-ca", now)
    ensure_signing_key(pki, "serviceaccount")
    local = IPv4Address("127.0.0.1")
    etcd.issue(Leaf("etcd", "etcd", names=("localhost", local)))
    etcd.issue(Leaf("etcd-client", "kube-apiserver"))
    kubernetes.issue(_api_server(addresses))
    kubernetes.issue(Leaf("kubelet-client", "kube-apiserver", "system:masters"))
    for leaf in _clients(settings):
        kubernetes.issue(leaf)
        write_kubeconfig(kubeconfig(settings, leaf.file), settings, addresses, leaf.file)
    write_kubeconfig(settings.kubeconfig, settings, addresses, "admin")
    for index in range(settings.nodes):
        name = f"node{index}"
        kubernetes.issue(Leaf(f"{name}-server", name, names=(name, addresses.node(index))))


def kubeconfig(settings: Settings, client: str) -> Path:
    """Return the kubeconfig of one of the cluster's own clients."""
    return folder(settings) / f"{client}.kubeconfig"


def write_kubeconfig(path: Path, settings: Settings, addresses: Addresses, client: str) -> None:
    """Write a kubeconfig that holds its certificate and key, so that it works anywhere here."""
    pki, context = folder(settings), f"localcluster-{settings.name}"
    cluster = {
        "server": f"https://{addresses.node(0)}:{API_PORT}",
        "certificate-authority-data": _encoded(pki / "ca.crt"),
    }
    user = {
        "client-certificate-data": _encoded(pki / f"{client}.crt"),
        "client-key-data": _encoded(pki / f"{client}.key"),
    }
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": cluster}],
        "users": [{"name": context, "user": user}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "current-context": context,
    }
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)


def _api_server(addresses: Addresses) -> Leaf:
    names = ("kubernetes", "kubernetes.default", "kubernetes.default.svc")
    long = "kubernetes.default.svc.cluster.local"
    local = IPv4Address("127.0.0.1")
    numbers = (addresses.api_service, local, addresses.node(0))
    return Leaf("apiserver", "kube-apiserver", names=(*names, long, "localhost", *numbers))


def _clients(settings: Settings) -> list[Leaf]:
    nodes = [f"node{index}" for index in range(settings.nodes)]
    return [
        Leaf("admin", "admin", "system:masters"),
        Leaf(CONTROLLERS, f"system:{CONTROLLERS}"),
        Leaf("kube-scheduler", "system:kube-scheduler"),
        Leaf("kube-proxy", "system:kube-proxy", "system:node-proxier"),
        *(Leaf(node, f"system:node:{node}", "system:nodes") for node in nodes),
    ]


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
