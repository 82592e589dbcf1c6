# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skm_kms.crypto import ALGORITHMS, Aead, DecryptError, ciphertext_version

algorithms = pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS)
ONE_WORDING = "the ciphertext cannot be decrypted with this key and associated data"


def aead_of(algorithm, key=b"\x01", key_id="key", version=1):
    return Aead(algorithm, key * algorithm.key_size, key_id, version)


def refused(aead, ciphertext, aad=b""):
    with pytest.raises(DecryptError) as caught:
        aead.decrypt(ciphertext, aad)
    assert str(caught.value) == ONE_WORDING
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(st.sampled_from(list(ALGORITHMS.values())), st.binary(max_size=99), st.binary(max_size=99))
def test_every_algorithm_opens_what_it_encrypted(algorithm, plaintext, aad):
    aead = aead_of(algorithm)
    assert aead.decrypt(aead.encrypt(plaintext, aad), aad) == plaintext


@algorithms
def test_every_cause_of_refusal_gives_the_same_words(algorithm):
    ciphertext = aead_of(algorithm).encrypt(b"plaintext", b"aad")
    refused(aead_of(algorithm, key=b"\x02"), ciphertext, b"aad")
    refused(aead_of(algorithm, key_id="other"), ciphertext, b"aad")
    refused(aead_of(algorithm, version=2), ciphertext, b"aad")
    refused(aead_of(algorithm), ciphertext, b"")
    refused(aead_of(algorithm), ciphertext, b"aad2")
    refused(aead_of(algorithm), b"", b"aad")


@algorithms
def test_a_flipped_bit_anywhere_is_refused(algorithm):
    aead = aead_of(algorithm)
    ciphertext = aead.encrypt(b"plaintext")
    for bit in range(len(ciphertext) * 8):
        damaged = bytearray(ciphertext)
        damaged[bit // 8] ^= 1 << bit % 8
        refused(aead, bytes(damaged))


@algorithms
def test_every_truncation_is_refused(algorithm):
    aead = aead_of(algorithm)
    ciphertext = aead.encrypt(b"")
    for length in range(len(ciphertext)):
        refused(aead, ciphertext[:length])
    refused(aead, ciphertext + b"\0")


@algorithms
def test_the_version_in_the_header_is_authenticated(algorithm):
    """The same key bytes under two versions: the rewritten header must not pass for the other."""
    ciphertext = bytearray(aead_of(algorithm, version=1).encrypt(b"plaintext"))
    ciphertext[5] = 2
    assert ciphertext_version(bytes(ciphertext)) == 2
    refused(aead_of(algorithm, version=2), bytes(ciphertext))


def test_the_algorithm_in_the_header_is_authenticated():
    ciphertext = bytearray(aead_of(ALGORITHMS["AES256-GCM"]).encrypt(b"plaintext"))
    ciphertext[1] = ALGORITHMS["ChaCha20-Poly1305"].number
    refused(aead_of(ALGORITHMS["AES256-GCM"]), bytes(ciphertext))
    refused(aead_of(ALGORITHMS["ChaCha20-Poly1305"]), bytes(ciphertext))


@algorithms
def test_nonces_are_drawn_afresh(algorithm):
    aead = aead_of(algorithm)
    nonces = {aead.encrypt(b"")[6 : 6 + algorithm.nonce_size] for _ in range(1000)}
    assert len(nonces) == 1000


@algorithms
def test_a_key_of_the_wrong_size_is_refused(algorithm):
    for size in (algorithm.key_size - 1, algorithm.key_size + 1):
        with pytest.raises(ValueError, match="bytes"):
            Aead(algorithm, bytes(size), "key", 1)


@pytest.mark.parametrize("version", [1, 2**32 - 1])
def test_the_version_is_read_from_the_header(version):
    ciphertext = aead_of(ALGORITHMS["XAES256-GCM"], version=version).encrypt(b"x")
    assert ciphertext_version(ciphertext) == version


@pytest.mark.parametrize("ciphertext", [b"", b"\x01\x01\0\0\0", bytes(80), b"\x01\x09" + bytes(80)])
def test_what_is_no_ciphertext_names_no_version(ciphertext):
    with pytest.raises(DecryptError):
        ciphertext_version(ciphertext)


def test_a_repr_shows_no_key():
    assert repr(aead_of(ALGORITHMS["AES256-GCM"])) == "Aead(AES256-GCM, version=1)"
