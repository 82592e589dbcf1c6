# SPDX-License-Identifier: Apache-2.0
from skm_kms import crypto


def test_the_public_surface_is_sorted_and_there():
    assert crypto.__all__ == sorted(crypto.__all__)
    assert all(hasattr(crypto, name) for name in crypto.__all__)
