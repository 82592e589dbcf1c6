# SPDX-License-Identifier: Apache-2.0
"""A log's head as text (C2SP tlog-checkpoint): origin, size and root on a line each."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from .errors import CheckpointError
from .merkle import HASH_SIZE
from .note import Verifier, open_note, sign_note

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the log `origin`: how many records it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, public_key: bytes, sign: Callable[[bytes], bytes]) -> bytes:
        """The checkpoint as a note signed under the origin's name."""
        return sign_note(self.text(), self.origin, public_key, sign)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A checkpoint from its text; extension lines are passed over; CheckpointError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or "" in lines[:-1]:
            raise CheckpointError("a checkpoint has three lines at least and no empty one")
        origin, size, encoded = lines[:3]
        if not _SIZE.fullmatch(size):
            raise CheckpointError("a checkpoint's size is not a plain number")
        try:
            root = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise CheckpointError("a checkpoint's root is not base64") from None
        if len(root) != HASH_SIZE:
            raise CheckpointError("a checkpoint's root has 32 bytes")
        return cls(origin, int(size), root)


def open_checkpoint(note: bytes, verifier: Verifier) -> Checkpoint:
    """The checkpoint that `verifier` signed for the log of its own name.

    Raises NoteError if the signature fails and CheckpointError if it is of another log.
    """
    checkpoint = Checkpoint.parse(open_note(note, verifier))
    if checkpoint.origin != verifier.name:
        raise CheckpointError(f"the checkpoint is of the log {checkpoint.origin}")
    return checkpoint
