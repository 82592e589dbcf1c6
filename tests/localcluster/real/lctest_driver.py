# SPDX-License-Identifier: Apache-2.0
"""A real cluster named lctest, driven as a person drives it: by its command line."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localcluster import Settings
from localcluster.cgroups import Cgroups

NAME = "lctest"
COMMAND = [sys.executable, "-m", "localcluster"]


@dataclass(frozen=True)
class Driver:
    """The tool and the cluster's kubectl; `settings` only tell where things are."""

    settings: Settings = field(default_factory=lambda: Settings(name=NAME))

    def call(self, *words: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        command = [*prefix, *COMMAND, words[0], "--name", self.settings.name, *words[1:]]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)

    def succeed(self, *words: str) -> str:
        done = self.call(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuse(self, *words: str, prefix: tuple[str, ...] = (), code: int = 1) -> str:
        """Return the one sentence on standard error of a command that must fail."""
        done = self.call(*words, prefix=prefix)
        assert done.returncode == code, done.stdout + done.stderr
        [sentence] = done.stderr.splitlines()
        return sentence

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        command = [
            self.settings.bin / "kubectl",
            f"--kubeconfig={self.settings.kubeconfig}",
            *words,
        ]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, input=stdin, timeout=120
        ).stdout

    def apply(self, *manifests: dict[str, Any]) -> None:
        for manifest in manifests:
            self.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))

    def probe(self, pod: str, *words: str) -> str:
        return self.kubectl("exec", pod, "--", "/probe", *words).strip()

    def processes(self) -> list[int]:
        return Cgroups(self.settings.cgroup).everyone()


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "not true in time"
        time.sleep(0.1)


def pod(name: str, image: str, node: str) -> dict[str, Any]:
    """A pod that Pod Security `restricted` admits, with a memory volume, on a given node."""
    container = {
        "name": "probe",
        "image": image,
        "imagePullPolicy": "Never",
        "resources": {"limits": {"memory": "64Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "memory", "mountPath": "/memory"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "nodeName": node,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "fsGroup": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": [{"name": "memory", "emptyDir": {"medium": "Memory"}}],
        },
    }


def service(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
