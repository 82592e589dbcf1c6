# SPDX-License-Identifier: Apache-2.0
from skm_common import tlog


def test_everything_in_the_public_surface_is_there_once():
    assert len(set(tlog.__all__)) == len(tlog.__all__)
    assert all(hasattr(tlog, name) for name in tlog.__all__)
