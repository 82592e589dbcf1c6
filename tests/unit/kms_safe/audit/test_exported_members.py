# SPDX-License-Identifier: Apache-2.0
from skm_kms import audit


def test_the_public_surface_is_sorted_and_there():
    assert audit.__all__ == sorted(audit.__all__)
    assert all(hasattr(audit, name) for name in audit.__all__)
