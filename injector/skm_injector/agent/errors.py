# SPDX-License-Identifier: Apache-2.0
"""Errors that end the agent, or a key's turn; that of asking the KMS is `skm_injector.errors`.

No message holds a value of a secret.

AgentError
├── SettingsError      the environment lacks something, or it can't be read
├── PortError          another container of the pod has the port of the readiness answers
├── ChildError         the child that makes the private key has failed
├── ContentError       a secret that can't stand in files, or files that can't be written
└── DeniedError        a check refused this pod; carries what a person needs to mend it
"""

from typing import NamedTuple


class AgentError(Exception):
    """Anything that the agent says about itself."""


class SettingsError(AgentError):
    """A variable of the environment is missing or malformed; the message names it."""


class PortError(AgentError):
    """Nobody could ask whether the agent is ready."""


class ChildError(AgentError):
    """The child that makes the private key ended without one."""


class ContentError(AgentError):
    """A secret that can't be written to files; the message names no field and no value."""


class Denial(NamedTuple):
    """Why a check refused this pod, in the KMS's words."""

    check: str
    detail: str
    remedy: str

    def __str__(self) -> str:
        sentence = f"denied by check {self.check}: {self.detail}"
        return f"{sentence}. {self.remedy}" if self.remedy else sentence


class DeniedError(AgentError):
    """The pod was refused before it had its first set of secrets."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(str(denial))
        self.denial = denial
