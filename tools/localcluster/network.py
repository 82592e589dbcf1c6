# SPDX-License-Identifier: Apache-2.0
"""The cluster's network: a switch in a namespace of its own, a namespace a node, and one
interface of the machine on the same LAN.

The nodes stand on one L2 segment and route to each other's pods directly, as nodes of a rack do.
The machine forwards nothing, so its own forwarding setting and firewall stay as they are.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final

from .addresses import Addresses, Used
from .errors import MachineUnfitError
from .settings import MAXIMUM_NODES, Settings
from .shell import attempt, run

NAMESPACES: Final = Path("/run/netns")
BRIDGE_FILTER: Final = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")


def node_namespace(settings: Settings, index: int) -> str:
    """Return the name of a node's network namespace."""
    return f"lc-{settings.name}-{index}"


def namespaces(settings: Settings) -> list[str]:
    """Return the names of the switch's and the nodes' namespaces."""
    return [settings.lan, *(node_namespace(settings, index) for index in range(settings.nodes))]


def used_networks(own_interface: str) -> list[Used]:
    """Return the networks of this machine's routes and addresses, the cluster's own left out."""
    routes = _json("ip", "-j", "-4", "route", "show", "table", "all")
    found = [
        Used(IPv4Network(route["dst"], strict=False), f"a route by {route.get('dev', 'a gateway')}")
        for route in routes
        if route["dst"] != "default" and route.get("dev") != own_interface
    ]
    return [used for used in found if not used.network.is_loopback and used.network.prefixlen]


def is_whole(settings: Settings, addresses: Addresses) -> bool:
    """Tell whether all namespaces exist, and the machine's interface with its address."""
    named = {entry["name"] for entry in _json("ip", "-j", "netns", "list")}
    links = _json("ip", "-j", "-4", "addr", "show")
    mine = [link for link in links if link.get("ifname") == settings.interface]
    local = [one["local"] for link in mine for one in link["addr_info"]]
    return named.issuperset(namespaces(settings)) and str(addresses.machine) in local


def leftovers(settings: Settings) -> list[str]:
    """Return the names of the interface and the namespaces that exist, whole or not."""
    link = [settings.interface] if _exists(settings.interface) else []
    return link + [path.name for path in _own_namespaces(settings)]


def create(settings: Settings, addresses: Addresses) -> None:
    """Build switch, nodes and the machine's interface."""
    if settings.network == "bridge":
        require_bridge_filter()
    run("ip", "netns", "add", settings.lan)
    _batch(settings.lan, ["link set lo up", "link add switch type bridge", "link set switch up"])
    _plug(settings, port="machine", peer=settings.interface, namespace=None)
    _batch(None, _machine_side(settings, addresses))
    for index in range(settings.nodes):
        _create_node(settings, addresses, index)


def remove(settings: Settings) -> None:
    """Remove whatever exists of it; the veth pairs go with the switch's namespace."""
    if _exists(settings.interface):
        run("ip", "link", "del", settings.interface)
    for path in _own_namespaces(settings):
        attempt("umount", "--lazy", path)
        path.unlink()


def require_bridge_filter() -> None:
    """Raise `MachineUnfitError` unless bridged packets pass the netfilter, which services need."""
    if not BRIDGE_FILTER.exists():
        attempt("modprobe", "br_netfilter")
    if not BRIDGE_FILTER.exists():
        raise MachineUnfitError(
            "The kernel has no br_netfilter, without which a pod can't reach a service whose pod "
            "is on the same bridge; use --network ptp."
        )


def _exists(interface: str) -> bool:
    return Path("/sys/class/net", interface).exists()


def _own_namespaces(settings: Settings) -> list[Path]:
    whole = replace(settings, nodes=MAXIMUM_NODES)
    return [path for name in namespaces(whole) if (path := NAMESPACES / name).exists()]


def _machine_side(settings: Settings, addresses: Addresses) -> list[str]:
    device = settings.interface
    pods = [
        f"route add {addresses.pods_of(index)} via {addresses.node(index)} dev {device}"
        for index in range(settings.nodes)
    ]
    return [
        f"addr add {addresses.machine}/{addresses.lan.prefixlen} dev {device}",
        f"link set {device} up",
        *pods,
        f"route add {addresses.services} via {addresses.node(0)} dev {device}",
    ]


def _create_node(settings: Settings, addresses: Addresses, index: int) -> None:
    namespace = node_namespace(settings, index)
    run("ip", "netns", "add", namespace)
    _plug(settings, port=f"node{index}", peer="eth0", namespace=namespace)
    others = [
        f"route add {addresses.pods_of(other)} via {addresses.node(other)}"
        for other in range(settings.nodes)
        if other != index
    ]
    _batch(
        namespace,
        [
            "link set lo up",
            f"addr add {addresses.node(index)}/{addresses.lan.prefixlen} dev eth0",
            "link set eth0 up",
            f"route add default via {addresses.machine}",
            *others,
        ],
    )
    _sysctl(namespace, "net.ipv4.ip_forward=1")
    if settings.network == "bridge":
        _sysctl(namespace, "net.bridge.bridge-nf-call-iptables=1")


def _plug(settings: Settings, port: str, peer: str, namespace: str | None) -> None:
    where = ["netns", namespace] if namespace else ["netns", str(os.getpid())]
    run("ip", "-n", settings.lan, "link", "add", port, "type", "veth", "peer", "name", peer, *where)
    _batch(settings.lan, [f"link set {port} master switch", f"link set {port} up"])


def _batch(namespace: str | None, lines: Iterable[str]) -> None:
    inside = ["-n", namespace] if namespace else []
    run("ip", *inside, "-batch", "-", stdin="\n".join(lines) + "\n")


def _sysctl(namespace: str, setting: str) -> None:
    run("nsenter", f"--net={NAMESPACES / namespace}", "sysctl", "-qw", setting)


def _json(*command: str) -> list[dict[str, Any]]:
    return list(json.loads(run(*command) or "[]"))
