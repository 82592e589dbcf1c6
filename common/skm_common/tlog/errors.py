# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a transparency log's data.

TlogError
├── NoteError        a signed note is malformed, or no trusted key signed it
├── CheckpointError  a note is no checkpoint of the expected log
├── ProofError       an inclusion or consistency proof does not hold
└── TileError        a tile, entry bundle or path is malformed
"""


class TlogError(Exception):
    """Base of every error of this package."""


class NoteError(TlogError):
    """A signed note is malformed, or carries no valid signature of the trusted key."""


class CheckpointError(TlogError):
    """The text of a note is not a checkpoint of this log."""


class ProofError(TlogError):
    """A proof does not lead to the tree head it is said to."""


class TileError(TlogError):
    """A tile, an entry bundle or a tile's path is malformed."""
