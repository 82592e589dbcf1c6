# SPDX-License-Identifier: Apache-2.0
"""XAES-256-GCM against the specification's own vectors.

The accumulated test of a million rounds takes half a minute: SKM_XAES_ROUNDS=1000000 asks for it.
"""

import hashlib
import os

from skm_kms.crypto import Xaes256Gcm

ROUNDS = os.environ.get("SKM_XAES_ROUNDS", "10000")


def test_every_published_vector_opens_and_seals_to_the_same_bytes(vectors):
    published = vectors("xaes256gcm")["vectors"]
    assert len(published) == 2
    for vector in published:
        cipher = Xaes256Gcm(bytes.fromhex(vector["key"]))
        nonce, plaintext, aad = (vector[name].encode() for name in ("nonce", "plaintext", "aad"))
        ciphertext = bytes.fromhex(vector["ciphertext"])
        assert cipher.encrypt(nonce, plaintext, aad) == ciphertext
        assert cipher.decrypt(nonce, ciphertext, aad) == plaintext


def test_the_accumulated_randomized_test_gives_the_published_hash(vectors):
    rounds = int(ROUNDS)
    stream = hashlib.shake_128().digest(rounds * (32 + 24 + 2 * 256))
    assert stream.hex().startswith("7f9c2ba4e88f827d616045507605853e")
    hashed = hashlib.shake_128()
    at = 0

    def read(size: int) -> bytes:
        nonlocal at
        at += size
        return stream[at - size : at]

    for _ in range(rounds):
        cipher, nonce = Xaes256Gcm(read(32)), read(24)
        plaintext = read(read(1)[0])
        aad = read(read(1)[0])
        ciphertext = cipher.encrypt(nonce, plaintext, aad)
        assert cipher.decrypt(nonce, ciphertext, aad) == plaintext
        hashed.update(ciphertext)
    assert hashed.hexdigest(32) == vectors("xaes256gcm")["accumulated"][ROUNDS]
