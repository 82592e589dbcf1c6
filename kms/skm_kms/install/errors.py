# SPDX-License-Identifier: Apache-2.0
"""Why the install job can't do its work; the text says what to change, and holds no content.

InstallError
├── ApiUnreachableError  the API server does not answer; the job tries again for a while
├── ApiRefusedError      the API server refuses a call: a right is missing, or an object is invalid
└── DamagedCaError       an internal CA exists but can't be read
"""


class InstallError(Exception):
    """Base of every error of this package."""


class ApiUnreachableError(InstallError):
    """The API server does not answer now."""


class ApiRefusedError(InstallError):
    """The API server refused a call, with `status` (HTTP)."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class DamagedCaError(InstallError):
    """The Secret of an internal CA exists and holds no certificate authority."""
