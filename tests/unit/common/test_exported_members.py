# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_common import policy, resources


@pytest.mark.parametrize("package", [policy, resources])
def test_the_public_surface_is_sorted_and_there(package):
    # As ruff sorts it: constants first, then classes, then functions.
    constants = [name for name in package.__all__ if name.isupper()]
    rest = [name for name in package.__all__ if not name.isupper()]
    classes = [name for name in rest if name[0].isupper()]
    functions = [name for name in rest if name[0].islower()]
    assert package.__all__ == sorted(constants) + sorted(classes) + sorted(functions)
    assert all(hasattr(package, name) for name in package.__all__)
