# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_kms.crypto import Xaes256Gcm


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_has_32_bytes(size):
    with pytest.raises(ValueError, match="32 bytes"):
        Xaes256Gcm(bytes(size))


@pytest.mark.parametrize("size", [0, 12, 23, 25])
def test_a_nonce_has_24_bytes(size):
    with pytest.raises(ValueError, match="24 bytes"):
        Xaes256Gcm(bytes(32)).encrypt(bytes(size), b"", b"")


def test_messages_do_not_influence_each_other():
    """The block function is kept from one message to the next."""
    shared = Xaes256Gcm(bytes(32))
    for number in range(50):
        nonce = number.to_bytes(24, "big")
        assert shared.encrypt(nonce, b"m", b"") == Xaes256Gcm(bytes(32)).encrypt(nonce, b"m", b"")
