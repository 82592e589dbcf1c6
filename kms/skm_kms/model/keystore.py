# SPDX-License-Identifier: Apache-2.0
"""A keystore: the unit that holds keys and chooses the methods every caller must pass."""

from dataclasses import dataclass
from typing import ClassVar

from skm_common.resources import KeystoreSpec

from .identifier import KeystoreId
from .origin import Binding, Origin


@dataclass(frozen=True, slots=True)
class Keystore:
    """One keystore; `name` is `<namespace>.<name>`, times are Unix seconds.

    `origin` is None for a standalone keystore of an administrator. `orphaned` says that the
    resource behind it is gone and the keystore was retained: nobody reads it until a resource
    takes it up again. `destroy_at` is set while a destruction is scheduled.
    """

    table: ClassVar[str] = "keystores"

    id: KeystoreId
    generation: int
    name: str
    spec: KeystoreSpec
    binding: Binding
    origin: Origin | None
    created_at: float
    orphaned: bool = False
    destroy_at: float | None = None

    @property
    def namespace(self) -> str:
        """The namespace part of the name."""
        return self.name.partition(".")[0]

    @property
    def resource_name(self) -> str:
        """The name within the namespace."""
        return self.name.partition(".")[2]
