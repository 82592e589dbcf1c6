# SPDX-License-Identifier: Apache-2.0
"""The agent's container: a native sidecar, spelled out with every default.

An in-apiserver policy (chart, policy-pods.yaml) compares image, command, variables, mounts,
hooks, probes and security context with these; whoever changes one changes both.
"""

from collections.abc import Mapping
from typing import Any, Final

from skm_common import names
from skm_injector.webhook.installation import Installation, StartGate
from skm_injector.webhook.plan import Plan

COMMAND: Final = ("python3", "-S", "-m", "skm_injector.agent")
"""Without `site`, which nothing here needs: 1.4 MiB and some 30 ms less in every pod."""

HOOK: Final = ("python3", "-I", "-S", "/opt/skm/lib/skm_injector/agent/wait.py")
DIRECTORY: Final = "/run/skm/secrets"
TOKEN_DIRECTORY: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
"""The ServiceAccount plug-in puts an API token here unless something is mounted: so the agent has
its own token here, none for the API, and the plug-in changes nothing after us."""


TOLERATED: Final = 60
"""Readiness answers in a row that may be missed: a node that is short of CPU must not take the
user's pod out of its Services. Before the first answer the pod isn't ready whatever this is."""


def agent_container(plan: Plan, installation: Installation) -> dict[str, Any]:
    """The container for one pod."""
    return {
        "name": names.AGENT_CONTAINER,
        "image": installation.image,
        "imagePullPolicy": installation.pull_policy,
        "command": list(COMMAND),
        "env": _variables(plan, installation),
        "restartPolicy": "Always",
        "resources": dict(installation.resources),
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "securityContext": _security_context(),
        "volumeMounts": [
            {"name": names.SECRETS_VOLUME, "mountPath": DIRECTORY},
            {"name": names.IDENTITY_VOLUME, "mountPath": TOKEN_DIRECTORY, "readOnly": True},
        ],
        "readinessProbe": _probe("/ready", timeout=5, failures=TOLERATED),
        **_start_gate(installation.gate),
    }


def _variables(plan: Plan, installation: Installation) -> list[Mapping[str, str]]:
    values = {
        "SKM_CA": installation.ca,
        "SKM_DATA": installation.data,
        "SKM_IDENTITY": installation.identity,
        "SKM_SERVER_NAME": installation.server_name,
        "SKM_KEYS": plan.keys,
        "SKM_ON_DENIED": plan.on_denied,
    }
    return [{"name": name, "value": value} for name, value in values.items()]


def _security_context() -> dict[str, Any]:
    """What Pod Security `restricted` asks for, and a root file system nobody can write."""
    return {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _start_gate(gate: StartGate) -> dict[str, Any]:
    if gate is StartGate.MARKER:
        return {"lifecycle": {"postStart": {"exec": {"command": list(HOOK)}}}}
    return {"startupProbe": _probe("/started", timeout=30, failures=2880)}


def _probe(path: str, *, timeout: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": names.AGENT_PORT, "scheme": "HTTP"},
        "timeoutSeconds": timeout,
        "periodSeconds": 1,
        "successThreshold": 1,
        "failureThreshold": failures,
    }
