# SPDX-License-Identifier: Apache-2.0
from skm_kms import audit


def test_everything_in_the_public_surface_is_there_once():
    assert len(set(audit.__all__)) == len(audit.__all__)
    assert all(hasattr(audit, name) for name in audit.__all__)
