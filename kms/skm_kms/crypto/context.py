# SPDX-License-Identifier: Apache-2.0
"""Where a sealed value or an authenticated row belongs, as associated data (DESIGN §8)."""

from dataclasses import dataclass

from .encoding import U64, framed


@dataclass(frozen=True, slots=True)
class Context:
    """The one place in the database for which bytes are sealed or authenticated.

    `purpose` says what the bytes are for, `table` and `id` name the row by its immutable ID,
    `version` is the key version (0 where there is none), and `generation` the row's generation.
    Both numbers are unsigned 64-bit.
    """

    purpose: str
    table: str
    id: str
    version: int
    generation: int

    def associated_data(self, domain: bytes, installation: str, header: bytes) -> bytes:
        """Every part of the context and the header, framed, under a domain of its own."""
        return framed(
            domain,
            installation.encode(),
            self.purpose.encode(),
            self.table.encode(),
            self.id.encode(),
            U64.pack(self.version),
            U64.pack(self.generation),
            header,
        )
