# SPDX-License-Identifier: Apache-2.0
import localcluster


def test_the_public_surface_is_sorted_and_real() -> None:
    assert localcluster.__all__ == sorted(localcluster.__all__)
    assert all(hasattr(localcluster, name) for name in localcluster.__all__)
