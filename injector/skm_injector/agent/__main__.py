# SPDX-License-Identifier: Apache-2.0
"""`python3 -m skm_injector.agent [wait | --version]`."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Final

import skm_common
from skm_injector.agent.agent import Agent
from skm_injector.agent.errors import AgentError
from skm_injector.agent.process import close_to_others
from skm_injector.agent.settings import TERMINATION_LOG, read_settings
from skm_injector.agent.wait import LONGEST, MARKER, wait
from skm_injector.journal import Journal

LONGEST_MESSAGE: Final = 4096
"""Bytes that the kubelet reads of a termination message."""


def main(arguments: list[str]) -> int:
    """Runs the agent; 0 when it was told to end, 1 with a termination message otherwise."""
    match arguments:
        case []:
            return _run(Journal())
        case ["wait"]:
            wait(MARKER, LONGEST)
            return 0
        case ["--version"]:
            sys.stdout.write(f"skm-agent {skm_common.__version__}\n")
            return 0
    sys.stderr.write("usage: python3 -m skm_injector.agent [wait | --version]\n")
    return 2


def _run(journal: Journal) -> int:
    signal.signal(signal.SIGTERM, _end)
    log = Path(os.environ.get("SKM_TERMINATION_LOG", TERMINATION_LOG))
    try:
        close_to_others()
        Agent(read_settings(os.environ), journal).run()
    except AgentError as error:
        journal.event("ended", reason=str(error))
        _leave_message(log, str(error))
    return 1


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _leave_message(log: Path, message: str) -> None:
    try:
        log.write_bytes(message.encode()[:LONGEST_MESSAGE])
    except OSError as error:
        sys.stderr.write(f"the termination message could not be written: {error}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
