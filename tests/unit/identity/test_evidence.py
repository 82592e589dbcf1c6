# SPDX-License-Identifier: Apache-2.0
"""Which reports are taken, and what nodes attest by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skm_kms.identity.errors import ReplayedBootError, SnapshotRequiredError
from skm_kms.identity.evidence import STALE_SECONDS, Attested, EvidenceTable, Report, Reporter

FIRST = Attested("10.244.0.5", "0a:00:00:00:00:01")
OTHER = Attested("10.244.0.6", "0a:00:00:00:00:02")
AGENT = Reporter("agent", 100.0)


def report(sequence, *, boot="a", snapshot=False, pods=None, removed=(), node="node0"):
    return Report(node, boot, sequence, snapshot, pods or {}, frozenset(removed))


def begun(now=0.0):
    table = EvidenceTable()
    take(table, report(1, snapshot=True, pods={"u1": FIRST}), now=now)
    return table


def take(table, one, *, reporter=AGENT, last_lives=True, now=0.0):
    return table.accept(one, reporter, last_lives=last_lives, now=now)


def test_a_report_that_is_no_snapshot_does_not_begin():
    with pytest.raises(SnapshotRequiredError):
        take(EvidenceTable(), report(1, pods={"u1": FIRST}))


def test_changes_follow_the_snapshot():
    table = begun()
    assert take(table, report(2, pods={"u2": OTHER}))
    assert table.of("node0", "u1", 0.0) == FIRST
    assert table.of("node0", "u2", 0.0) == OTHER
    assert take(table, report(3, removed={"u1"}))
    assert table.of("node0", "u1", 0.0) is None
    assert table.attested_at(FIRST.ipv4, 0.0) == []


def test_a_heartbeat_changes_nothing_and_keeps_everything_fresh():
    table = begun()
    assert not take(table, report(2), now=50.0)
    assert table.of("node0", "u1", 50.0 + STALE_SECONDS - 1) == FIRST


@pytest.mark.parametrize("sequence", [0, 1])
def test_a_used_sequence_number_is_refused(sequence):
    with pytest.raises(SnapshotRequiredError):
        take(begun(), report(sequence, snapshot=True))


def test_a_gap_asks_for_a_snapshot_and_a_snapshot_fills_it():
    table = begun()
    with pytest.raises(SnapshotRequiredError):
        take(table, report(3))
    take(table, report(3, snapshot=True, pods={"u2": OTHER}))
    assert table.of("node0", "u1", 0.0) is None
    assert table.of("node0", "u2", 0.0) == OTHER


@pytest.mark.parametrize(("age", "heard"), [(STALE_SECONDS - 0.1, True), (STALE_SECONDS, False)])
def test_a_silent_node_attests_nothing_after_a_minute(age, heard):
    table = begun()
    assert table.heard("node0", age) is heard
    assert (table.of("node0", "u1", age) == FIRST) is heard
    assert bool(table.attested_at(FIRST.ipv4, age)) is heard


def test_a_node_that_speaks_again_is_a_change():
    table = begun()
    assert take(table, report(2), now=STALE_SECONDS + 1)


def test_a_node_speaks_for_itself_only():
    table = begun()
    take(table, report(1, snapshot=True, pods={"u1": OTHER}, node="node1"))
    assert table.of("node0", "u1", 0.0) == FIRST
    assert table.of("node1", "u1", 0.0) == OTHER
    assert table.of("node2", "u1", 0.0) is None


def test_a_restarted_container_of_the_same_pod_may_report_with_a_snapshot():
    table = begun()
    with pytest.raises(SnapshotRequiredError):
        take(table, report(1, boot="b"))
    take(table, report(1, boot="b", snapshot=True, pods={"u2": OTHER}))
    assert table.of("node0", "u1", 0.0) is None


def test_a_replaced_process_of_the_same_pod_is_refused():
    table = begun()
    take(table, report(1, boot="b", snapshot=True))
    with pytest.raises(ReplayedBootError):
        take(table, report(2, boot="a", snapshot=True, pods={"u1": FIRST}))


def test_a_pod_made_later_takes_over_and_the_earlier_one_stays_out():
    table = begun()
    take(table, report(1, boot="b", snapshot=True), reporter=Reporter("later", 101.0))
    with pytest.raises(ReplayedBootError):
        take(table, report(1, boot="c", snapshot=True))


@pytest.mark.parametrize("created", [99.0, 100.0])
def test_a_pod_made_no_later_is_refused(created):
    with pytest.raises(ReplayedBootError):
        take(begun(), report(1, boot="b", snapshot=True), reporter=Reporter("other", created))


def test_a_pod_made_in_the_same_second_takes_over_once_the_last_one_is_gone():
    table = begun()
    other = Reporter("other", 100.0)
    take(table, report(1, boot="b", snapshot=True), reporter=other, last_lives=False)
    assert table.last_reporter("node0") == "other"


def test_a_refused_report_changes_nothing():
    table = begun()
    with pytest.raises(SnapshotRequiredError):
        take(table, report(9, pods={"u2": OTHER}), now=30.0)
    assert table.of("node0", "u2", 0.0) is None
    assert not table.heard("node0", STALE_SECONDS)


def test_a_node_that_left_is_forgotten():
    table = begun()
    table.forget("node0")
    assert table.nodes() == []
    assert table.attested_at(FIRST.ipv4, 0.0) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=20))
def test_the_index_of_addresses_is_what_the_pods_say(steps):
    table = EvidenceTable()
    for sequence, (number, address, removes) in enumerate(steps, 1):
        attested = Attested(f"10.0.0.{address}", "0a:00:00:00:00:01")
        pods = {} if removes else {f"u{number}": attested}
        removed = {f"u{number}"} if removes else set()
        take(table, report(sequence, snapshot=sequence == 1, pods=pods, removed=removed))
    for address in range(4):
        ip = f"10.0.0.{address}"
        attesting = {
            f"u{n}" for n in range(4) if (a := table.of("node0", f"u{n}", 0.0)) and a.ipv4 == ip
        }
        assert {uid for _, uid in table.attested_at(ip, 0.0)} == attesting
