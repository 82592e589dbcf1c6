# SPDX-License-Identifier: Apache-2.0
"""The public surface of the rooms of the KMS that have no suite of their own for it."""

import pytest

from skm_kms import identity, model, store
from skm_kms.api import admin, data


@pytest.mark.parametrize("package", [identity, model, store, admin, data])
def test_the_public_surface_is_sorted_and_there(package):
    # As ruff sorts it: constants first, then classes, then functions.
    constants = [name for name in package.__all__ if name.isupper()]
    rest = [name for name in package.__all__ if not name.isupper()]
    classes = [name for name in rest if name[0].isupper()]
    functions = [name for name in rest if name[0].islower()]
    assert package.__all__ == sorted(constants) + sorted(classes) + sorted(functions)
    assert all(hasattr(package, name) for name in package.__all__)
