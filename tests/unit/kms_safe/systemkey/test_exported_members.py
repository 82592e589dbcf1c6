# SPDX-License-Identifier: Apache-2.0
from skm_kms import systemkey


def test_the_public_surface_is_sorted_and_there():
    assert systemkey.__all__ == sorted(systemkey.__all__)
    assert all(hasattr(systemkey, name) for name in systemkey.__all__)
