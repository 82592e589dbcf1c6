# SPDX-License-Identifier: Apache-2.0
"""Whatever order events arrive in and however often, a table ends where the cluster is."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from skm_kms.identity.facts import PodFact
from skm_kms.identity.reading import Entry
from skm_kms.identity.tables import TOMBSTONE_SECONDS, PodTable

POD = PodFact(
    uid="u1",
    namespace="orders",
    name="a",
    service_account="app",
    node="node0",
    ipv4=("10.0.0.1",),
    host_network=False,
    phase="Running",
    created=0.0,
    deadline=None,
    labels={},
    created_labels={},
    owner=None,
)


def entry(version: int, **changes: object) -> Entry[PodFact]:
    return Entry(replace(POD, **changes), version)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, Entry[PodFact]]]:
    """A possible history: pods under few names and addresses are made, change and go."""
    live: dict[str, PodFact] = {}
    events: list[tuple[str, Entry[PodFact]]] = []
    for version in range(1, draw(st.integers(1, 25))):
        name = draw(st.sampled_from("abc"))
        known = live.get(name)
        if known is not None and draw(st.booleans()):
            if draw(st.booleans()):
                del live[name]
                events.append(("DELETED", Entry(known, version)))
                continue
            known = replace(known, phase=draw(st.sampled_from(["Running", "Failed"])))
        elif known is None:
            address = draw(st.sampled_from(["10.0.0.1", "10.0.0.2"]))
            known = replace(POD, uid=f"u{version}", name=name, ipv4=(address,))
        live[name] = known
        events.append(("MODIFIED", Entry(known, version)))
    return events


def feed(table: PodTable, events: list[tuple[str, Entry[PodFact]]]) -> None:
    for kind, one in events:
        if kind == "DELETED":
            table.remove(one.fact.uid, 0.0)
        else:
            table.apply(one, 0.0)


def contents(table: PodTable) -> dict[str, PodFact]:
    return {fact.uid: fact for fact in table.all()}


def truth(events: list[tuple[str, Entry[PodFact]]]) -> dict[str, PodFact]:
    live: dict[str, PodFact] = {}
    for kind, one in events:
        if kind == "DELETED":
            live.pop(one.fact.uid, None)
        else:
            live[one.fact.uid] = one.fact
    return live


@given(histories(), st.randoms(use_true_random=False))
def test_reordered_and_repeated_events_end_in_the_same_place(history, random):
    muddled = history * 2
    random.shuffle(muddled)
    table = PodTable()
    feed(table, muddled)
    assert contents(table) == truth(history)


@given(histories())
def test_the_index_of_addresses_is_what_the_pods_say(history):
    table = PodTable()
    feed(table, history)
    for address in ("10.0.0.1", "10.0.0.2"):
        holders = {f.uid for f in table.all() if address in f.ipv4 and not f.finished}
        assert {f.uid for f in table.at(address)} == holders


@given(histories(), st.data())
def test_a_list_makes_up_for_every_event_that_was_lost(history, data):
    table = PodTable()
    feed(table, [event for event in history if data.draw(st.booleans())])
    newest = {one.fact.uid: one for _, one in history}
    listed = [newest[uid] for uid in truth(history)]
    table.replace(listed, len(history) + 1, 0.0)
    assert contents(table) == truth(history)


def test_a_gone_uid_never_comes_back():
    table = PodTable()
    table.apply(entry(5), 0.0)
    table.remove("u1", 0.0)
    assert not table.apply(entry(9), 0.0)
    assert table.get("u1") is None
    assert table.is_gone("u1")


def test_a_list_that_is_older_than_a_live_read_does_not_remove_it():
    table = PodTable()
    table.apply(entry(9), 0.0)
    table.replace([], 8, 0.0)
    assert table.get("u1") is not None
    table.replace([], 9, 0.0)
    assert table.is_gone("u1")


def test_a_name_that_is_made_again_ends_the_uid_before():
    table = PodTable()
    table.apply(entry(1), 0.0)
    table.apply(entry(2, uid="u2"), 0.0)
    assert table.is_gone("u1")
    assert table.named("orders", "a").uid == "u2"
    assert [pod.uid for pod in table.at("10.0.0.1")] == ["u2"]


def test_what_decides_nothing_is_no_change():
    table = PodTable()
    assert table.apply(entry(1), 0.0)
    assert not table.apply(entry(2), 0.0)
    assert table.apply(entry(3, phase="Failed"), 0.0)


def test_a_gone_uid_is_remembered_longer_than_any_session_lives():
    table = PodTable()
    table.apply(entry(1), 0.0)
    table.remove("u1", 0.0)
    table.prune(TOMBSTONE_SECONDS - 1)
    assert table.is_gone("u1")
    table.prune(TOMBSTONE_SECONDS)
    assert not table.is_gone("u1")
