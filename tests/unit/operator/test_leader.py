# SPDX-License-Identifier: Apache-2.0
"""The elector on a clock that tests move; the store is an in-memory lease with compare-and-set."""

import asyncio
import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from skm_operator.errors import KubernetesError, LeaseLostError
from skm_operator.leader import Elector, Terms

START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """Time that passes only when somebody sleeps; `on_sleep` runs at each."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.on_sleep: Callable[[], None] = lambda: None
        self._awaited: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.on_sleep()
        for moment, event in self._awaited:
            if self.seconds >= moment:
                event.set()
        await asyncio.sleep(0)

    async def reach(self, moment: float) -> None:
        """Returns when somebody's sleep has brought the clock so far."""
        event = asyncio.Event()
        self._awaited.append((moment, event))
        await event.wait()


class Store:
    """One lease; `away` makes every call fail, `hangs` makes it never answer."""

    def __init__(self) -> None:
        self.document: dict[str, Any] | None = None
        self.version = 0
        self.away = False
        self.hangs = False

    async def lease(self, namespace: str, name: str) -> dict[str, Any] | None:
        await self._answer()
        return copy.deepcopy(self.document)

    async def create_lease(self, lease: Any) -> dict[str, Any]:
        await self._answer()
        if self.document is not None:
            raise KubernetesError(409, "exists")
        return self._store(lease)

    async def replace_lease(self, lease: Any) -> dict[str, Any]:
        await self._answer()
        if lease["metadata"]["resourceVersion"] != str(self.version):
            raise KubernetesError(409, "another version")
        return self._store(lease)

    async def _answer(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.away:
            raise KubernetesError(0, "away")

    def _store(self, lease: Any) -> dict[str, Any]:
        self.version += 1
        stored = copy.deepcopy(dict(lease))
        stored["metadata"]["resourceVersion"] = str(self.version)
        self.document = stored
        return copy.deepcopy(stored)

    @property
    def holder(self) -> str:
        return "" if self.document is None else str(self.document["spec"]["holderIdentity"])

    def give_to(self, identity: str) -> None:
        """Somebody else takes or renews it."""
        assert self.document is not None
        self.document["spec"]["holderIdentity"] = identity
        self.document["spec"]["renewTime"] = f"renewed-{self.version}"
        self.version += 1
        self.document["metadata"]["resourceVersion"] = str(self.version)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Store:
    return Store()


def candidate(store: Store, clock: Clock, identity: str = "me", seconds: float = 15.0) -> Elector:
    return Elector(store, Terms("skm-system", "skm-operator", identity, seconds), clock)


async def test_the_first_candidate_makes_the_lease(store, clock):
    await candidate(store, clock).acquire()
    spec = store.document["spec"]
    assert spec["holderIdentity"] == "me"
    assert spec["leaseDurationSeconds"] == 15
    assert spec["leaseTransitions"] == 0
    assert spec["acquireTime"] == spec["renewTime"]
    assert spec["renewTime"].endswith("Z")


async def test_a_candidate_waits_for_the_whole_lease_on_its_own_clock(store, clock):
    await candidate(store, clock, "other").acquire()
    begun = clock.seconds
    await candidate(store, clock).acquire()
    assert store.holder == "me"
    assert 15.0 <= clock.seconds - begun < 15.0 + 2 * 2.0
    assert store.document["spec"]["leaseTransitions"] == 1


async def test_a_renewed_lease_is_never_taken(store, clock):
    await candidate(store, clock, "other").acquire()
    clock.on_sleep = lambda: store.give_to("other")
    waiting = asyncio.create_task(candidate(store, clock).acquire())
    await clock.reach(1000.0 + 10 * 15.0)
    assert store.holder == "other"
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_the_holders_clock_is_not_believed(store, clock):
    """A lease whose renewal lies in the future, or far in the past, lasts as long as any."""
    await candidate(store, clock, "other").acquire()
    for text in ("2999-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z"):
        store.document["spec"]["renewTime"] = text
        store.document["spec"]["holderIdentity"] = "other"
        begun = clock.seconds
        await candidate(store, clock).acquire()
        assert clock.seconds - begun >= 15.0


async def test_a_released_lease_is_taken_at_once(store, clock):
    first = candidate(store, clock, "other")
    await first.acquire()
    await first.release()
    begun = clock.seconds
    await candidate(store, clock).acquire()
    assert clock.seconds == begun


async def test_only_the_holder_releases(store, clock):
    await candidate(store, clock, "other").acquire()
    await candidate(store, clock).release()
    assert store.holder == "other"


async def test_a_leader_renews(store, clock):
    leader = candidate(store, clock)
    await leader.acquire()
    holding = asyncio.create_task(leader.hold())
    await clock.reach(1000.0 + 100.0)
    assert not holding.done()
    assert store.version > 40
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding


async def test_a_leader_that_can_not_renew_is_gone_before_its_lease_ends(store, clock):
    leader = candidate(store, clock)
    await leader.acquire()
    begun = clock.seconds
    store.away = True
    with pytest.raises(LeaseLostError, match="couldn't be renewed"):
        await leader.hold()
    assert 9.0 <= clock.seconds - begun < 15.0


async def test_an_outage_shorter_than_the_deadline_is_survived(store, clock):
    leader = candidate(store, clock)
    await leader.acquire()

    def outage() -> None:
        store.away = clock.seconds < 1008.0

    clock.on_sleep = outage
    holding = asyncio.create_task(leader.hold())
    await clock.reach(1060.0)
    assert not holding.done()
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding


async def test_a_call_that_hangs_ends_and_counts_as_a_failure(store, clock):
    """The elector's own patience is real time: here a hundredth of a second."""
    leader = candidate(store, clock, seconds=0.05)
    await leader.acquire()
    store.hangs = True
    with pytest.raises(LeaseLostError):
        await leader.hold()


async def test_a_leader_whose_lease_was_taken_says_by_whom(store, clock):
    leader = candidate(store, clock)
    await leader.acquire()
    store.give_to("usurper")
    with pytest.raises(LeaseLostError, match="usurper took the lease"):
        await leader.hold()


async def test_of_two_at_once_one_leads(store, clock):
    one, two = candidate(store, clock, "one"), candidate(store, clock, "two")
    first = asyncio.create_task(one.acquire())
    second = asyncio.create_task(two.acquire())
    done, waiting = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
    assert len(done) == 1
    assert store.holder in ("one", "two")
    for task in waiting:
        task.cancel()


async def test_a_release_that_fails_ends_the_process_all_the_same(store, clock):
    leader = candidate(store, clock)
    await leader.acquire()
    store.away = True
    await leader.release()
    store.away, store.hangs = False, True
    await candidate(store, clock, seconds=0.05).release()


def test_a_leader_has_given_up_when_its_lease_ends():
    for seconds in (3.0, 15.0, 60.0):
        terms = Terms("n", "l", "me", seconds)
        assert terms.deadline + terms.interval + terms.patience < terms.seconds
