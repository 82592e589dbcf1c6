# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_injector.node.addresses import ipv4_address, unicast_mac


def test_a_mac_has_one_form() -> None:
    assert unicast_mac("D2:6F:2E:36:7A:36") == "d2:6f:2e:36:7a:36"


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        17,
        "0",
        "d26f2e367a36",
        "d2:6f:2e:36:7a",
        "d2:6f:2e:36:7a:36:00",
        "d2:6f:2e:36:7a:3g",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "01:00:5e:00:00:01",
    ],
)
def test_what_is_no_stations_mac_is_none(text: object) -> None:
    assert unicast_mac(text) is None


def test_an_address_loses_its_prefix_length() -> None:
    assert ipv4_address("10.201.0.2/23") == ipv4_address("10.201.0.2") == "10.201.0.2"


@pytest.mark.parametrize("text", [None, "", "fd00::2/64", "10.201.0/24", "10.201.0.256", 3])
def test_what_is_no_ipv4_address_is_none(text: object) -> None:
    assert ipv4_address(text) is None
