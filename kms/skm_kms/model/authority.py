# SPDX-License-Identifier: Apache-2.0
"""A certificate authority that the KMS holds: sealed key, public certificate."""

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Authority:
    """One CA, named by its purpose; `certificate` is DER, `sealed_key` sealed PKCS#8 DER."""

    table: ClassVar[str] = "authorities"

    purpose: str
    generation: int
    certificate: bytes
    sealed_key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The purpose: there is one authority for each."""
        return self.purpose
