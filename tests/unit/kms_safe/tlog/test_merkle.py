# SPDX-License-Identifier: Apache-2.0
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skm_common.tlog import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

# Inputs and roots of the reference tests of Certificate Transparency (RFC 6962 implementations).
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def plain_root(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\x01" + plain_root(hashes[:split]) + plain_root(hashes[split:])).digest()


def test_the_reference_roots_come_out():
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT == sha256(b"").digest()
    for entry, root in zip(INPUTS, ROOTS, strict=True):
        frontier.append(leaf_hash(bytes.fromhex(entry)))
        assert frontier.root().hex() == root


@given(st.integers(1, 70))
def test_the_frontier_agrees_with_the_definition(size):
    assert tree_root(leaves_of(size)) == plain_root(leaves_of(size))


def test_a_leaf_is_no_node():
    """An entry made of two hashes must not pass for the node over them."""
    left, right = leaves_of(2)
    assert leaf_hash(left + right) != tree_root([left, right])


def test_a_frontier_of_the_wrong_size_is_refused():
    with pytest.raises(ValueError, match="each bit"):
        Frontier([bytes(32)], 3)


@given(st.integers(1, 40), st.data())
def test_inclusion_is_proved_and_nothing_else_is(size, data):
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(leaves, index), tree_root(leaves)
    verify_inclusion(leaves[index], index, size, proof, root)
    wrong = [
        (leaf_hash(b"other"), index, size, proof, root),
        (leaves[index], index, size, proof, leaf_hash(b"root")),
        (leaves[index], index, size, [*proof, bytes(32)], root),
        (leaves[index], size, size, proof, root),
        (leaves[index], -1, size, proof, root),
    ]
    if proof:
        wrong.append((leaves[index], index, size, proof[:-1], root))
        wrong.append((leaves[index], index ^ 1, size, proof, root))
    for arguments in wrong:
        with pytest.raises(ProofError):
            verify_inclusion(*arguments)


@given(st.integers(0, 40), st.integers(0, 40))
def test_consistency_is_proved_and_nothing_else_is(one, other):
    old_size, size = sorted((one, other))
    leaves = leaves_of(size)
    old_root, root = tree_root(leaves[:old_size]), tree_root(leaves)
    proof = consistency_proof(leaves, old_size)
    verify_consistency(old_size, old_root, size, root, proof)
    wrong = [
        (old_size, leaf_hash(b"old"), size, root, proof),
        (old_size, old_root, size, root, [*proof, bytes(32)]),
        (size + 1, old_root, size, root, proof),
    ]
    if 0 < old_size < size:
        wrong.append((old_size, old_root, size, leaf_hash(b"new"), proof))
        wrong.append((old_size, old_root, size, root, []))
        wrong.append((old_size, old_root, size, root, proof[:-1]))
    for arguments in wrong:
        with pytest.raises(ProofError):
            verify_consistency(*arguments)


def test_proofs_for_what_is_not_there_are_refused():
    with pytest.raises(ProofError):
        inclusion_proof(leaves_of(3), 3)
    with pytest.raises(ProofError):
        consistency_proof(leaves_of(3), 4)
