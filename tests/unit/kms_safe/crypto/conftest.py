# SPDX-License-Identifier: Apache-2.0
"""A keyring with two system keys, and the context that the tests move things away from."""

import pytest

from skm_kms.crypto import Context, Keyring, SystemKey


@pytest.fixture
def old_key() -> SystemKey:
    return SystemKey.from_material(1, b"\x11" * 32)


@pytest.fixture
def keyring(old_key: SystemKey) -> Keyring:
    return Keyring("installation-1", [old_key, SystemKey.from_material(2, b"\x22" * 32)])


@pytest.fixture
def context() -> Context:
    return Context(purpose="secret", table="versions", id="k1", version=3, generation=4)
