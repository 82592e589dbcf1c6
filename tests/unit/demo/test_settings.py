# SPDX-License-Identifier: Apache-2.0
import pytest

from demo.errors import RefusedError
from demo.settings import Settings, read_settings


def test_the_defaults_are_a_local_cluster_called_demo():
    assert read_settings({}) == Settings(cluster="local", name="demo", yes=False)


def test_every_field_is_a_variable():
    found = read_settings(
        {
            "CLUSTER": "current",
            "NAME": "other",
            "YES": "1",
            "REGISTRY": "registry.example.com/you/",
            "NETWORK": "ptp",
        }
    )
    assert found == Settings("current", "other", True, "registry.example.com/you", "ptp")


@pytest.mark.parametrize("yes", ["", "0", "true", "yes"])
def test_only_1_is_yes(yes):
    assert not read_settings({"YES": yes}).yes


def test_another_cluster_is_refused():
    with pytest.raises(RefusedError, match="local or current"):
        read_settings({"CLUSTER": "production"})
