# SPDX-License-Identifier: Apache-2.0
from skm_kms import rootkey


def test_the_public_surface_is_sorted_and_there():
    assert rootkey.__all__ == sorted(rootkey.__all__)
    assert all(hasattr(rootkey, name) for name in rootkey.__all__)
