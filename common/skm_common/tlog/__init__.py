# SPDX-License-Identifier: Apache-2.0
"""Transparency logs: RFC 6962 trees in C2SP layout, with standard library only.

Signature checks are callables that the caller gives (`Verifier.check`).
"""

from .checkpoint import Checkpoint, open_checkpoint
from .directory import directory_reader
from .errors import CheckpointError, NoteError, ProofError, TileError, TlogError
from .merkle import (
    EMPTY_ROOT,
    HASH_SIZE,
    Frontier,
    joined,
    leaf_hash,
    node_hash,
    perfect_subtrees,
    tree_root,
)
from .note import Verifier, format_verifier_key, key_id, open_note, parse_verifier_key, sign_note
from .proofs import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from .report import Finding, Kind, Report
from .tiles import (
    CHECKPOINT_PATH,
    MAXIMUM_ENTRY,
    TILE_HEIGHT,
    TILE_WIDTH,
    Tile,
    bundles_of,
    cut_tile,
    frame_entry,
    join_entries,
    parse_tile_path,
    right_edge,
    split_entries,
    split_hashes,
    tiles_of,
)
from .verification import verify_log
from .walk import Read

__all__ = [
    "CHECKPOINT_PATH",
    "EMPTY_ROOT",
    "HASH_SIZE",
    "MAXIMUM_ENTRY",
    "TILE_HEIGHT",
    "TILE_WIDTH",
    "Checkpoint",
    "CheckpointError",
    "Finding",
    "Frontier",
    "Kind",
    "NoteError",
    "ProofError",
    "Read",
    "Report",
    "Tile",
    "TileError",
    "TlogError",
    "Verifier",
    "bundles_of",
    "consistency_proof",
    "cut_tile",
    "directory_reader",
    "format_verifier_key",
    "frame_entry",
    "inclusion_proof",
    "join_entries",
    "joined",
    "key_id",
    "leaf_hash",
    "node_hash",
    "open_checkpoint",
    "open_note",
    "parse_tile_path",
    "parse_verifier_key",
    "perfect_subtrees",
    "right_edge",
    "sign_note",
    "split_entries",
    "split_hashes",
    "tiles_of",
    "tree_root",
    "verify_consistency",
    "verify_inclusion",
    "verify_log",
]
