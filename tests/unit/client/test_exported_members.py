# SPDX-License-Identifier: Apache-2.0
import skm_client


def test_all_is_sorted_and_complete():
    assert sorted(skm_client.__all__) == skm_client.__all__
    public = {
        name
        for name, value in vars(skm_client).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("skm_client")
    }
    assert public == set(skm_client.__all__)
