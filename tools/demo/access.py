# SPDX-License-Identifier: Apache-2.0
"""One cluster as the demonstration reaches it: its kubectl, its helm, and waiting for a truth."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from subprocess import CompletedProcess
from typing import Any, Final, TypeVar

from demo.errors import TooLateError
from localcluster.shell import attempt, run

PERIOD: Final = 0.5
"""Seconds between two looks at something awaited."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Access:
    """The programs and the credentials; `local` is the local cluster's name, if it is one."""

    kubectl_program: tuple[str, ...]
    helm_program: tuple[str, ...]
    registry: str = "localhost"
    local: str | None = None

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Standard output of a kubectl that succeeded; raises CommandFailedError."""
        return run(*self.kubectl_program, *arguments, stdin=stdin)

    def attempt(self, *arguments: str, stdin: str | None = None) -> CompletedProcess[str]:
        """A kubectl that may fail."""
        return attempt(*self.kubectl_program, *arguments, stdin=stdin)

    def helm(self, *arguments: str) -> str:
        """Standard output of a helm that succeeded; raises CommandFailedError."""
        return run(*self.helm_program, *arguments)

    def get(self, *arguments: str) -> Any:
        """The JSON of `kubectl get`; None if there is no such object."""
        text = self.kubectl("get", *arguments, "--ignore-not-found", "-o", "json")
        return json.loads(text) if text.strip() else None

    def apply(self, manifest: str) -> None:
        """Apply a manifest of YAML documents."""
        self.kubectl("apply", "-f", "-", stdin=manifest)


def wait_for(what: str, seconds: float, look: Callable[[], T | None]) -> T:
    """The first thing that `look` finds; raises TooLateError after `seconds`."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise TooLateError(f"After {seconds:.0f} s there is still no {what}.")
        time.sleep(PERIOD)
    return found
