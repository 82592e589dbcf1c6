# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between a client and the KMS.

ClientError
├── UsageError             the caller asked for something that can't be meant; nothing was sent
├── CredentialsError       the credentials file can't be used
├── UnreachableError       no answer: address, network, TLS; nothing is known of the outcome
├── VerificationError      an audit log doesn't prove what it claims
└── ProblemError           the KMS answered with a problem document
    └── UndeterminedError  it couldn't decide now; the same call may pass later

No message carries a secret: problem documents never hold one, and bodies are never quoted.
"""

from dataclasses import dataclass


class ClientError(Exception):
    """The root of this package's errors; the text is a sentence for a person."""


class UsageError(ClientError):
    """The call makes no sense as it stands; nothing was sent."""


class CredentialsError(ClientError):
    """A credentials file that is missing, malformed or incomplete."""


class UnreachableError(ClientError):
    """The KMS gave no answer, or nobody who proved to be the KMS did."""


class VerificationError(ClientError):
    """The audit log was altered, cut or forked, or its signature isn't the KMS's."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document (RFC 9457) as the KMS sends it; `check` and `outcome` for refusals."""

    status: int
    code: str
    title: str
    detail: str = ""
    check: str | None = None
    outcome: str | None = None
    remedy: str | None = None


class ProblemError(ClientError):
    """The KMS said no, and why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.detail or problem.title)


class UndeterminedError(ProblemError):
    """The KMS can't know now what it needs to decide (503); try again later."""


def problem_error(problem: Problem) -> ProblemError:
    """The error for a problem document."""
    return (UndeterminedError if problem.status == 503 else ProblemError)(problem)
