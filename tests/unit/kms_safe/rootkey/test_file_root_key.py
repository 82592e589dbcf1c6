# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_kms.rootkey import FileRootKey, RootKeyUnavailableError, WrongRootKeyError

KEY = b"\xa5" * 32


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "root-key"
    path.write_bytes(KEY)
    return path


def test_what_is_wrapped_opens_under_the_same_associated_data(file):
    root = FileRootKey(file)
    assert root.unwrap(root.wrap(b"material", b"aad"), b"aad") == b"material"
    assert root.protected is False


def test_other_associated_data_is_refused(file):
    root = FileRootKey(file)
    with pytest.raises(WrongRootKeyError):
        root.unwrap(root.wrap(b"material", b"aad"), b"other")


def test_every_flipped_bit_is_refused(file):
    root = FileRootKey(file)
    wrapped = root.wrap(b"material", b"aad")
    for bit in range(len(wrapped) * 8):
        damaged = bytearray(wrapped)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WrongRootKeyError):
            root.unwrap(bytes(damaged), b"aad")


def test_a_changed_file_is_followed_at_once(file):
    root = FileRootKey(file)
    wrapped = root.wrap(b"material", b"")
    file.write_bytes(b"\x5a" * 32)
    with pytest.raises(WrongRootKeyError, match="put the original root key back"):
        root.unwrap(wrapped, b"")
    file.write_bytes(KEY)
    assert root.unwrap(wrapped, b"") == b"material"


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_file_of_another_size_is_no_root_key(file, size):
    file.write_bytes(b"s" * size)
    with pytest.raises(RootKeyUnavailableError, match=f"{size} bytes instead of 32"):
        FileRootKey(file).wrap(b"material", b"")


def test_a_missing_or_unreadable_file_is_named_with_what_to_do(file):
    file.unlink()
    with pytest.raises(RootKeyUnavailableError, match="No such file") as missing:
        FileRootKey(file).wrap(b"material", b"")
    assert str(file) in str(missing.value)
    assert "mount the Secret" in str(missing.value)
    file.mkdir()
    with pytest.raises(RootKeyUnavailableError, match="Is a directory"):
        FileRootKey(file).unwrap(b"", b"")


@pytest.mark.parametrize("wrapped", [b"", b"\x01\x01", b"\x02\x01" + bytes(60), bytes(80)])
def test_what_another_provider_wrapped_is_refused(file, wrapped):
    with pytest.raises(WrongRootKeyError):
        FileRootKey(file).unwrap(wrapped, b"")


def test_no_error_and_no_repr_holds_the_key(file):
    root = FileRootKey(file)
    file.write_bytes(b"not-a-root-key-but-secret")
    with pytest.raises(RootKeyUnavailableError) as caught:
        root.wrap(b"material-secret", b"")
    for text in (repr(root), str(caught.value), repr(caught.value)):
        assert "secret" not in text
