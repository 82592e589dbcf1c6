# SPDX-License-Identifier: Apache-2.0
from skm_common import tlog


def test_the_public_surface_is_sorted_and_there():
    assert tlog.__all__ == sorted(tlog.__all__)
    assert all(hasattr(tlog, name) for name in tlog.__all__)
