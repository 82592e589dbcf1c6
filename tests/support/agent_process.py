# SPDX-License-Identifier: Apache-2.0
"""The agent as a real process, beside whatever KMS it is told of."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest


@dataclass
class AgentProcess:
    """The agent, run as the container runs it."""

    process: subprocess.Popen[bytes]
    directory: Path
    termination_log: Path
    log: Path

    @classmethod
    def start(cls, place: Path, number: int, prefix: tuple[str, ...], **settings: str) -> Self:
        """Run it in a folder, by the settings of these names in lower case."""
        directory = place / "secrets"
        directory.mkdir(exist_ok=True)
        directory.chmod(0o1777)
        defaults = {
            "directory": str(directory),
            "termination_log": str(place / "termination"),
            "listen": "0",
            "pause": "0.05",
            "longest_pause": "0.2",
        }
        values = {**defaults, **settings}
        log = place / f"agent-{number}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "skm_injector.agent"],
                env={
                    "PATH": os.environ["PATH"],
                    **{f"SKM_{name.upper()}": value for name, value in values.items()},
                },
                stdout=out,
                stderr=out,
            )
        return cls(process, directory, Path(values["termination_log"]), log)

    @property
    def port(self) -> int:
        """The port of its readiness answers."""
        (started,) = self.until(lambda: self.events("started"))
        return int(started["port"])

    def read(self, name: str) -> str | None:
        try:
            return (self.directory / name).read_text()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def until(self, condition: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Polls with a deadline; says what the agent logged when it runs out."""
        end = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > end:
                pytest.fail(f"in {seconds} s not seen; the agent logged:\n{self.logged()}")
            time.sleep(0.01)
        return found

    def logged(self) -> str:
        return self.log.read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.logged().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)
