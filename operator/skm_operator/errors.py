# SPDX-License-Identifier: Apache-2.0
"""Errors of the operator.

OperatorError
├── KmsError                  the KMS didn't do what was asked; `code` is its problem code
│   ├── KmsRefusedError       it refused: the same call will fail until something else changes
│   └── KmsAwayError          it can't be reached or can't answer now: the call may succeed later
├── KubernetesError           the API server refused a call; `status` is the HTTP status, 0 if away
└── LeaseLostError            another operator may lead now: this process must end
"""


class OperatorError(Exception):
    """Anything the operator can't do; the text is for people and never holds a secret."""


class KmsError(OperatorError):
    """A call to the KMS's admin plane that failed."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class KmsRefusedError(KmsError):
    """The KMS refused the call (HTTP 4xx, 501)."""


class KmsAwayError(KmsError):
    """The KMS can't be reached, or can't answer now (no connection, HTTP 5xx, 429)."""


class KubernetesError(OperatorError):
    """A call to the Kubernetes API that failed."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"the Kubernetes API answered {status}: {detail}")
        self.status = status


class LeaseLostError(OperatorError):
    """The lease couldn't be renewed in time, or another holder took it."""
