# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_operator import reconcile, webhook_pki


@pytest.mark.parametrize("package", [reconcile, webhook_pki])
def test_the_public_surface_is_sorted_and_there(package):
    assert package.__all__ == sorted(package.__all__)
    assert all(hasattr(package, name) for name in package.__all__)
