# SPDX-License-Identifier: Apache-2.0
import pickle

import pytest

from skm_kms.crypto import Secret, SystemKey


def test_it_never_shows_itself():
    secret = Secret(b"hunter2")
    assert {repr(secret), str(secret), f"{secret}", f"{secret!s:>20}".strip(), f"{secret:x}"} == {
        "Secret(redacted)"
    }
    assert secret.reveal() == b"hunter2"
    assert len(secret) == 7


def test_it_compares_but_does_not_hash_or_pickle():
    assert Secret(b"a") == Secret(b"a")
    assert Secret(b"a") != Secret(b"b")
    assert Secret(b"a") != b"a"
    with pytest.raises(TypeError):
        hash(Secret(b"a"))
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(b"a"))


def test_a_system_key_shows_its_version_only():
    key = SystemKey.from_material(7, b"k" * 32)
    assert repr(key) == "SystemKey(version=7, redacted)"
    with pytest.raises(TypeError):
        pickle.dumps(key)
