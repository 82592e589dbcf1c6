# SPDX-License-Identifier: Apache-2.0
"""Leader election by a Lease (coordination.k8s.io/v1): at most one operator acts at a time.

A candidate takes a lease that nobody renewed for its whole duration, as seen on the candidate's own
monotonic clock: the clocks of two nodes are never compared. A leader that could not renew gives up
early enough to be gone before anybody else may begin.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from skm_operator.clock import Clock
from skm_operator.errors import KubernetesError, LeaseLostError

logger = logging.getLogger(__name__)

_CONFLICT: Final = 409


class LeaseStore(Protocol):
    """Where the Lease stands; raises KubernetesError, 409 where another was faster."""

    async def lease(self, namespace: str, name: str) -> dict[str, Any] | None:
        """The Lease, or None."""

    async def create_lease(self, lease: Mapping[str, Any]) -> dict[str, Any]:
        """Creates it."""

    async def replace_lease(self, lease: Mapping[str, Any]) -> dict[str, Any]:
        """Replaces the version that was read."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Whose lease, where, and how long it holds (seconds)."""

    namespace: str
    name: str
    identity: str
    seconds: float = 15.0

    @property
    def deadline(self) -> float:
        """Seconds after the last renewal at which a leader gives up.

        With one interval and one patience more, which may pass before it looks, it is still less
        than the lease's duration.
        """
        return self.seconds * 0.6

    @property
    def interval(self) -> float:
        """Seconds between two attempts."""
        return self.seconds / 7.5

    @property
    def patience(self) -> float:
        """The longest that one attempt may take, in seconds."""
        return self.seconds / 5


class Elector:
    """One candidate: `acquire`, then `hold` until it raises, then `release`."""

    def __init__(self, store: LeaseStore, terms: Terms, clock: Clock) -> None:
        self._store = store
        self._terms = terms
        self._clock = clock
        self._seen: tuple[Any, float] | None = None
        self._renewed: float | None = None

    async def acquire(self) -> None:
        """Returns when this candidate leads; waits as long as that takes."""
        while not await self._attempt():
            await self._clock.sleep(self._terms.interval)
        logger.info("%s leads", self._terms.identity)

    async def hold(self) -> None:
        """Renews and never returns; raises LeaseLostError when it may not lead any more."""
        while True:
            await self._clock.sleep(self._terms.interval)
            if await self._attempt():
                continue
            if self._clock.monotonic() - (self._renewed or 0.0) >= self._terms.deadline:
                raise LeaseLostError(f"the lease couldn't be renewed for {self._terms.deadline} s")

    async def release(self) -> None:
        """Lets another candidate lead at once; best effort, for the lease ends by itself."""
        try:
            async with asyncio.timeout(self._terms.patience):
                lease = await self._store.lease(self._terms.namespace, self._terms.name)
                if lease is not None and _holder(lease) == self._terms.identity:
                    spec = {**lease["spec"], "holderIdentity": ""}
                    await self._store.replace_lease({**lease, "spec": spec})
        except (KubernetesError, TimeoutError) as error:
            logger.info("the lease was not released: %s", error)

    async def _attempt(self) -> bool:
        """One try to take or renew the lease; False if that wasn't possible now."""
        begun = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._terms.patience):
                mine = await self._take()
        except TimeoutError:
            return False
        except KubernetesError as error:
            if error.status != _CONFLICT:
                logger.warning("the lease can't be reached: %s", error)
            return False
        if mine:
            # Counted from before the call: the lease may have been renewed any time since.
            self._renewed = begun
        return mine

    async def _take(self) -> bool:
        terms = self._terms
        lease = await self._store.lease(terms.namespace, terms.name)
        if lease is None:
            await self._store.create_lease(_new_lease(terms, self._clock.now()))
            return True
        holder = _holder(lease)
        if holder == terms.identity:
            await self._store.replace_lease(_renewed(lease, terms, self._clock.now()))
            return True
        if holder and not self._has_ended(lease):
            if self._renewed is not None:
                raise LeaseLostError(f"{holder} took the lease")
            return False
        await self._store.replace_lease(_taken(lease, terms, self._clock.now()))
        return True

    def _has_ended(self, lease: Mapping[str, Any]) -> bool:
        """Whether the lease has stood unchanged for its duration while we watched."""
        mark = (lease["spec"].get("holderIdentity"), lease["spec"].get("renewTime"))
        now = self._clock.monotonic()
        if self._seen is None or self._seen[0] != mark:
            self._seen = (mark, now)
        seconds = lease["spec"].get("leaseDurationSeconds") or self._terms.seconds
        return now - self._seen[1] >= float(seconds)


def _holder(lease: Mapping[str, Any]) -> str:
    return str(lease["spec"].get("holderIdentity") or "")


def _new_lease(terms: Terms, now: datetime) -> dict[str, Any]:
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"namespace": terms.namespace, "name": terms.name},
        "spec": {**_held(terms, now), "acquireTime": _micro(now), "leaseTransitions": 0},
    }


def _renewed(lease: Mapping[str, Any], terms: Terms, now: datetime) -> dict[str, Any]:
    return {**lease, "spec": {**lease["spec"], **_held(terms, now)}}


def _taken(lease: Mapping[str, Any], terms: Terms, now: datetime) -> dict[str, Any]:
    transitions = int(lease["spec"].get("leaseTransitions") or 0) + 1
    fresh = {"acquireTime": _micro(now), "leaseTransitions": transitions}
    return {**lease, "spec": {**lease["spec"], **_held(terms, now), **fresh}}


def _held(terms: Terms, now: datetime) -> dict[str, Any]:
    return {
        "holderIdentity": terms.identity,
        "leaseDurationSeconds": max(1, round(terms.seconds)),
        "renewTime": _micro(now),
    }


def _micro(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
