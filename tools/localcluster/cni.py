# SPDX-License-Identifier: Apache-2.0
"""How pods are attached to a node's network: the CNI configuration of each kind of network.

Neither masquerades: a pod reaches another pod, a service's pod and the machine with its own
address, which is what the checks of a caller's IPv4 address rest on.
"""

import json
from ipaddress import IPv4Network
from typing import Any, Final

from .settings import Network

BRIDGE: Final = "cni0"


def configuration(network: Network, pods: IPv4Network) -> str:
    """Return the conflist of a node whose pods get addresses of that network."""
    plugin = {"bridge": _bridge, "ptp": _ptp}[network]()
    plugin["ipam"] = {
        "type": "host-local",
        "dataDir": "/var/lib/cni/networks",
        "ranges": [[{"subnet": str(pods)}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [plugin, ports]}, indent=1)


def _bridge() -> dict[str, Any]:
    return {
        "type": "bridge",
        "bridge": BRIDGE,
        "isGateway": True,
        "ipMasq": False,
        "hairpinMode": True,
    }


def _ptp() -> dict[str, Any]:
    return {"type": "ptp", "ipMasq": False}
