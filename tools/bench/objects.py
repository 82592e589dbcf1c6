# SPDX-License-Identifier: Apache-2.0
"""What is put into the cluster: a keystore with one secret, and pods with and without it."""

from typing import Any, Final

from skm_common import __version__, names

PREFIX: Final = "bench"
_SLEEP: Final = "import signal, sys; signal.signal(15, lambda *_: sys.exit()); signal.pause()"
"""Ends at once when it is told to: a process with PID 1 would else wait for SIGKILL."""
_LABELS: Final = {"app": PREFIX}
_KEYSTORE: Final = {"name": PREFIX}
_END: Final = {"deletionPolicy": "Delete"}


def resources(namespace: str) -> list[dict[str, Any]]:
    """One secret and who may read it; every authentication method is selected.

    Everything is destroyed after a day: a keystore that is kept would wait for its namespace.
    """
    workload = {"serviceAccountName": "default", "podSelector": {"matchLabels": _LABELS}}
    methods = {"clientCertificate": {}, "ipv4": {}, "mac": {"minimumEvidence": "NodeAttested"}}
    secret = {"generate": {"username": {"value": PREFIX}, "password": {"length": 32}}}
    rule = {"keys": [PREFIX], "operations": ["ReadSecret"]}
    specs = {
        "Keystore": {"authentication": methods, **_END, "deletionWaitingPeriod": "24h"},
        "Key": {"keystoreRef": _KEYSTORE, "secret": secret, **_END},
        "AccessPolicy": {
            "keystoreRef": _KEYSTORE,
            "subjects": [{"workload": workload}],
            "rules": [rule],
        },
    }
    metadata = {"name": PREFIX, "namespace": namespace}
    return [
        {"apiVersion": names.API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
        for kind, spec in specs.items()
    ]


def pod(name: str, registry: str, *, injected: bool) -> dict[str, Any]:
    """A pod that sleeps in the agent's own image, which every node has; with or without injection.

    The two are the same but for the annotation, so that their difference is the injection's price.
    """
    annotations = {names.INJECT: f"{PREFIX}/{PREFIX}"} if injected else {}
    container = {
        "name": "app",
        "image": f"{registry}/skm-agent:{__version__}",
        "command": ["python3", "-c", _SLEEP],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": _LABELS, "annotations": annotations},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 5},
    }
