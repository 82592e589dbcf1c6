# SPDX-License-Identifier: Apache-2.0
from skm_kms.audit import OTHERS, RefusalCounter, Refusals


def test_like_refusals_become_one_record_an_interval():
    counter = RefusalCounter(interval=10)
    for second in range(5):
        counter.add("10.0.0.1", "unauthenticated", 100 + second)
    counter.add("10.0.0.2", "unauthenticated", 104)
    assert counter.due(109.9) == []
    assert counter.due(110) == [
        Refusals("10.0.0.1", "unauthenticated", 5, 100, 104),
        Refusals("10.0.0.2", "unauthenticated", 1, 104, 104),
    ]
    assert counter.due(200) == []


def test_codes_are_counted_apart():
    counter = RefusalCounter()
    counter.add("10.0.0.1", "unauthenticated", 1)
    counter.add("10.0.0.1", "too_large", 1)
    assert {(each.code, each.count) for each in counter.drain()} == {
        ("unauthenticated", 1),
        ("too_large", 1),
    }


def test_a_flood_from_many_addresses_loses_addresses_but_no_count():
    counter = RefusalCounter(maximum=3)
    for number in range(1000):
        counter.add(f"10.0.{number // 256}.{number % 256}", "unauthenticated", 1)
    counted = counter.drain()
    assert len(counted) == 4
    assert sum(each.count for each in counted) == 1000
    assert counted[-1].address == OTHERS


def test_a_known_address_is_still_counted_when_the_table_is_full():
    counter = RefusalCounter(maximum=1)
    counter.add("a", "x", 1)
    counter.add("b", "x", 2)
    counter.add("a", "x", 3)
    assert {each.address: each.count for each in counter.drain()} == {"a": 2, OTHERS: 1}


def test_counting_starts_anew_after_a_drain():
    counter = RefusalCounter(interval=10)
    counter.add("a", "x", 0)
    counter.drain()
    counter.add("a", "x", 50)
    assert counter.due(59) == []
    assert len(counter.due(60)) == 1
