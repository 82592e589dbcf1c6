# SPDX-License-Identifier: Apache-2.0
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

import pytest

from localcluster.addresses import SLOTS, Addresses, Used, allocate
from localcluster.errors import AddressesInUseError

POOL = IPv4Network("10.200.0.0/14")


def test_a_slot_gives_lan_pods_and_services_of_its_own() -> None:
    addresses = Addresses.of(POOL, 1)
    assert [str(network) for network in addresses.networks] == [
        "10.200.1.0/24",
        "10.201.4.0/22",
        "10.202.4.0/22",
    ]
    assert addresses.machine == IPv4Address("10.200.1.1")
    assert addresses.node(1) == IPv4Address("10.200.1.11")
    assert addresses.api_service == IPv4Address("10.202.4.1")
    assert addresses.dns == IPv4Address("10.202.4.10")


def test_no_two_slots_overlap() -> None:
    networks = [one for slot in range(SLOTS) for one in Addresses.of(POOL, slot).networks]
    assert not any(a.overlaps(b) for a, b in combinations(networks, 2))
    assert all(network.subnet_of(POOL) for network in networks)


def test_a_node_has_addresses_for_more_pods_than_a_kubelet_takes() -> None:
    first, second = (Addresses.of(POOL, 63).pods_of(index) for index in (0, 1))
    assert first.num_addresses > 250 + 3
    assert not first.overlaps(second)


def test_the_first_slot_that_is_free_is_allocated() -> None:
    assert allocate(POOL, [], []).slot == 0
    assert allocate(POOL, [0, 1, 3], []).slot == 2


@pytest.mark.parametrize("network", ["10.200.0.7/32", "10.201.2.0/24", "10.202.0.0/22"])
def test_a_slot_that_the_machine_uses_a_part_of_is_passed_over(network: str) -> None:
    assert allocate(POOL, [], [Used(IPv4Network(network), "a route")]).slot == 1


def test_a_pool_that_is_covered_by_a_route_is_refused_by_name() -> None:
    used = [Used(IPv4Network("10.0.0.0/8"), "a route by wg0")]
    with pytest.raises(
        AddressesInUseError, match=r"overlaps with 10\.0\.0\.0/8 \(a route by wg0\)"
    ):
        allocate(POOL, [], used)


def test_the_last_slot_is_given_and_no_more() -> None:
    assert allocate(POOL, range(SLOTS - 1), []).slot == SLOTS - 1
    with pytest.raises(AddressesInUseError, match="used up by other clusters"):
        allocate(POOL, range(SLOTS), [])
