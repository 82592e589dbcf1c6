# SPDX-License-Identifier: Apache-2.0
from skm_kms import rootkey


def test_everything_in_the_public_surface_is_there_once():
    assert len(set(rootkey.__all__)) == len(rootkey.__all__)
    assert all(hasattr(rootkey, name) for name in rootkey.__all__)
