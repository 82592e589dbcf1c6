# SPDX-License-Identifier: Apache-2.0
from skm_kms import systemkey


def test_everything_in_the_public_surface_is_there_once():
    assert len(set(systemkey.__all__)) == len(systemkey.__all__)
    assert all(hasattr(systemkey, name) for name in systemkey.__all__)
