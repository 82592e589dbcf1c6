# SPDX-License-Identifier: Apache-2.0
from skm_kms import crypto


def test_everything_in_the_public_surface_is_there_once():
    assert len(set(crypto.__all__)) == len(crypto.__all__)
    assert all(hasattr(crypto, name) for name in crypto.__all__)
