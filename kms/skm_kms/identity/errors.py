# SPDX-License-Identifier: Apache-2.0
"""What goes wrong below the checks; the checks themselves raise skm_kms.errors.

IdentityError
├── CertificateError       a certificate or key can't be read
├── ReportError            a node's report isn't taken
│   ├── SnapshotRequiredError  it doesn't follow the last one
│   └── ReplayedBootError      a later process has replaced the one that sent it
└── KubeError              the Kubernetes API gave no usable answer
    ├── KubeUnreachableError   no answer, or one that says "later"
    └── KubeRefusedError       a definite refusal (4xx)
"""


class IdentityError(Exception):
    """Base of every error of this package."""


class CertificateError(IdentityError):
    """A certificate or key can't be read, or isn't of the kind asked for."""


class ReportError(IdentityError):
    """A node's report isn't taken."""


class SnapshotRequiredError(ReportError):
    """The report doesn't follow the last one, or a new process didn't begin with a snapshot."""


class ReplayedBootError(ReportError):
    """The report is of a process that a later one has replaced."""


class KubeError(IdentityError):
    """The Kubernetes API gave no usable answer."""


class KubeUnreachableError(KubeError):
    """No answer in time, a broken connection, or an answer that says "later" (429, 5xx)."""


class KubeRefusedError(KubeError):
    """The API server refused the request for good; `status` is its HTTP status."""

    def __init__(self, status: int, path: str) -> None:
        super().__init__(f"the API server answered {status} to {path}")
        self.status = status
