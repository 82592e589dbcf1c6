# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_kms.crypto import CheckpointSigner, Keyring, SystemKey, verify_ed25519


def test_the_newest_version_is_current(keyring):
    assert keyring.current.version == 2
    assert sorted(keyring.by_version) == [1, 2]


def test_it_needs_an_installation_and_each_version_once(old_key):
    for installation, keys in (("", [old_key]), ("i", []), ("i", [old_key, old_key])):
        with pytest.raises(ValueError, match="a keyring"):
            Keyring(installation, keys)


@pytest.mark.parametrize(("version", "size"), [(0, 32), (2**32, 32), (1, 31), (1, 33)])
def test_a_system_key_out_of_bounds_is_refused(version, size):
    with pytest.raises(ValueError, match="system key"):
        SystemKey.from_material(version, bytes(size))


def test_generated_keys_differ():
    assert SystemKey.generate(1).material != SystemKey.generate(1).material


def test_a_checkpoint_signature_verifies_and_nothing_else_does(keyring, old_key):
    signer = CheckpointSigner(keyring.current)
    signature = signer.sign(b"head")
    assert verify_ed25519(signer.public_key, signature, b"head")
    assert not verify_ed25519(signer.public_key, signature, b"heads")
    assert not verify_ed25519(signer.public_key, signature[:-1], b"head")
    assert not verify_ed25519(CheckpointSigner(old_key).public_key, signature, b"head")
    assert not verify_ed25519(b"short", signature, b"head")
