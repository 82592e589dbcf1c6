# SPDX-License-Identifier: Apache-2.0
"""Calls of other programs, whose failures become one sentence."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import CommandFailedError

Argument = str | Path


def run(
    *command: Argument,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a program to its end and return its standard output; raises `CommandFailedError`."""
    done = attempt(*command, stdin=stdin, env=env, cwd=cwd)
    if done.returncode:
        raise CommandFailedError(_sentence(command, done))
    return done.stdout


def attempt(
    *command: Argument,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, whatever it answers; `CommandFailedError` if it is missing."""
    try:
        return subprocess.run(
            [str(word) for word in command],
            check=False,
            capture_output=True,
            text=True,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            env={**os.environ, **env} if env else None,
            cwd=cwd,
        )
    except FileNotFoundError as error:
        raise CommandFailedError(f"The program {command[0]} is not installed.") from error


def _sentence(command: Sequence[Argument], done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    words = " ".join([Path(command[0]).name, *(str(word) for word in command[1:4])])
    full = next((line for line in reversed(lines) if "no space left" in line.lower()), None)
    reason = full or (lines[-1] if lines else "no message")
    return f"`{words}` ended with code {done.returncode}: {reason.strip()}"
