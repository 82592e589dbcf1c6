# SPDX-License-Identifier: Apache-2.0
"""Our own formats against committed bytes, and against a second reading of the documentation.

The second reading builds associated data and headers by hand, so that code and documentation can't
drift together.
"""

import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from skm_kms.crypto import (
    ALGORITHMS,
    Aead,
    CheckpointSigner,
    Context,
    Keyring,
    SystemKey,
    Xaes256Gcm,
    authenticate,
    seal,
    unseal,
    verify,
)


def hexed(value: str) -> bytes:
    return bytes.fromhex(value)


def frame(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


def expand(material: bytes, purpose: str) -> bytes:
    """HKDF-SHA-256 (RFC 5869) with an empty salt and one block of output, by hand."""
    pseudorandom = hmac.digest(bytes(32), material, sha256)
    return hmac.digest(pseudorandom, f"skm.dev/system-key/v1/{purpose}".encode() + b"\x01", sha256)


def test_user_ciphertexts_keep_their_bytes(vectors):
    published = vectors("ciphertext")["vectors"]
    assert {vector["algorithm"] for vector in published} == set(ALGORITHMS)
    for vector in published:
        algorithm = ALGORITHMS[vector["algorithm"]]
        nonce = hexed(vector["nonce"])
        aead = Aead(
            algorithm,
            hexed(vector["key"]),
            vector["keyId"],
            vector["version"],
            lambda size, nonce=nonce: nonce[:size],
        )
        plaintext, aad = hexed(vector["plaintext"]), hexed(vector["aad"])
        assert aead.encrypt(plaintext, aad) == hexed(vector["ciphertext"])
        assert aead.decrypt(hexed(vector["ciphertext"]), aad) == plaintext


def test_the_documented_framing_is_the_one_in_use(vectors):
    vector = next(v for v in vectors("ciphertext")["vectors"] if v["algorithm"] == "AES256-GCM")
    lead = b"\x01\x02" + vector["version"].to_bytes(4, "big") + hexed(vector["nonce"])
    associated = (
        frame(b"skm.dev/ciphertext/v1")
        + frame(vector["keyId"].encode())
        + frame(lead)
        + frame(hexed(vector["aad"]))
    )
    body = AESGCM(hexed(vector["key"])).encrypt(
        hexed(vector["nonce"]), hexed(vector["plaintext"]), associated
    )
    assert lead + body == hexed(vector["ciphertext"])


def test_sealing_and_row_tags_keep_their_bytes(vectors):
    vector = vectors("sealing")
    nonce = hexed(vector["nonce"])
    key = SystemKey.from_material(
        vector["systemKey"]["version"], hexed(vector["systemKey"]["material"])
    )
    keyring = Keyring(vector["installation"], [key], lambda size: nonce[:size])
    context = Context(**vector["context"])
    sealed, plaintext = hexed(vector["sealed"]), hexed(vector["plaintext"])
    assert seal(keyring, plaintext, context) == sealed
    assert unseal(keyring, sealed, context) == plaintext
    assert authenticate(keyring, context, hexed(vector["body"])) == hexed(vector["tag"])
    verify(keyring, context, hexed(vector["body"]), hexed(vector["tag"]))
    assert CheckpointSigner(key).public_key == hexed(vector["checkpointKey"])


def test_sealing_is_what_the_design_says(vectors):
    vector = vectors("sealing")
    material = hexed(vector["systemKey"]["material"])
    header = b"\x01\x01" + vector["systemKey"]["version"].to_bytes(4, "big")
    context = vector["context"]

    def associated(domain: bytes, lead: bytes) -> bytes:
        return b"".join(
            frame(part)
            for part in (
                domain,
                vector["installation"].encode(),
                context["purpose"].encode(),
                context["table"].encode(),
                context["id"].encode(),
                context["version"].to_bytes(8, "big"),
                context["generation"].to_bytes(8, "big"),
                lead,
            )
        )

    nonce = hexed(vector["nonce"])
    sealed = Xaes256Gcm(expand(material, "sealing")).encrypt(
        nonce, hexed(vector["plaintext"]), associated(b"skm.dev/seal/v1", header + nonce)
    )
    assert header + nonce + sealed == hexed(vector["sealed"])
    for purpose, subkey in vector["subkeys"].items():
        assert expand(material, purpose) == hexed(subkey)
    message = frame(associated(b"skm.dev/row/v1", header)) + frame(hexed(vector["body"]))
    code = hmac.digest(expand(material, "rows"), message, sha256)
    assert header + code == hexed(vector["tag"])
