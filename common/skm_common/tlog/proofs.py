# SPDX-License-Identifier: Apache-2.0
"""Inclusion and consistency proofs (RFC 6962 §2.1.1, §2.1.2; checking as in RFC 9162 §2.1.3)."""

import hmac
from collections.abc import Sequence

from .errors import ProofError
from .merkle import EMPTY_ROOT, node_hash, tree_root


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path from the leaf at `index` to the root over the leaf hashes `leaves`."""
    if not 0 <= index < len(leaves):
        raise ProofError("there is no such leaf in the tree")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), tree_root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), tree_root(leaves[:split])]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Return if `leaf` is at `index` of the tree of `size` with `root`; raises ProofError."""
    if not 0 <= index < size:
        raise ProofError("there is no such leaf in the tree")
    node, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or not hmac.compare_digest(computed, root):
        raise ProofError("the inclusion proof does not lead to the root")


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """The proof that the tree over the first `old_size` leaves is a prefix of this one."""
    if not 0 <= old_size <= len(leaves):
        raise ProofError("the older tree is larger than the newer one")
    if old_size in (0, len(leaves)):
        return []
    return _subproof(leaves, old_size, whole=True)


def _subproof(leaves: Sequence[bytes], old_size: int, *, whole: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if whole else [tree_root(leaves)]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_subproof(leaves[:split], old_size, whole=whole), tree_root(leaves[split:])]
    return [
        *_subproof(leaves[split:], old_size - split, whole=False),
        tree_root(leaves[:split]),
    ]


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Return if the newer tree begins with the older one; raises ProofError otherwise."""
    if not 0 <= old_size <= new_size:
        raise ProofError("the older tree is larger than the newer one")
    if old_size in (0, new_size):
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if proof or not hmac.compare_digest(old_root, expected):
            raise ProofError("the consistency proof does not hold")
        return
    _fold_consistency(old_size, old_root, new_size, new_root, proof)


def _fold_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not path:
        raise ProofError("the consistency proof is empty")
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    same = hmac.compare_digest(old, old_root) and hmac.compare_digest(new, new_root)
    if last != 0 or not same:
        raise ProofError("the consistency proof does not hold")
