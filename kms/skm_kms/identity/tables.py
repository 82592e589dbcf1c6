# SPDX-License-Identifier: Apache-2.0
"""Tables of facts, fed by lists, watch events and live reads, in whatever order these arrive.

Pure: no I/O, no time but what is passed in. Two rules make order and repetition harmless: of two
reads of one object the higher resource version counts, and a UID that has gone never comes back.
"""

from collections.abc import Iterable
from typing import Final, Generic

from skm_kms.identity.facts import PodFact
from skm_kms.identity.reading import Entry, F

TOMBSTONE_SECONDS: Final = 1800.0
"""How long a gone UID is remembered, to be denied, not unknown: longer than any session lives."""


class Table(Generic[F]):
    """The live objects of one kind, by UID and by name."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry[F]] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._gone: dict[str, float] = {}

    def get(self, uid: str) -> F | None:
        """The live object of a UID."""
        entry = self._entries.get(uid)
        return entry.fact if entry else None

    def named(self, namespace: str, name: str) -> F | None:
        """The live object of a name; cluster-scoped objects have an empty namespace."""
        uid = self._names.get((namespace, name))
        return None if uid is None else self.get(uid)

    def all(self) -> list[F]:
        """Every live object."""
        return [entry.fact for entry in self._entries.values()]

    def is_gone(self, uid: str) -> bool:
        """Whether this UID was deleted, as far as this table remembers."""
        return uid in self._gone

    def apply(self, entry: Entry[F], now: float) -> bool:
        """Take over a newer state of an object; returns whether anything that decides changed."""
        fact = entry.fact
        known = self._entries.get(fact.uid)
        if fact.uid in self._gone or (known and known.version >= entry.version):
            return False
        other = self._names.get((fact.namespace, fact.name), fact.uid)
        if other != fact.uid:
            if self._entries[other].version > entry.version:
                return self.remove(fact.uid, now)
            self.remove(other, now)
        self._entries[fact.uid] = entry
        self._names[fact.namespace, fact.name] = fact.uid
        self._moved(known.fact if known else None, fact)
        return known is None or known.fact != fact

    def remove(self, uid: str, now: float) -> bool:
        """An object is gone for good; returns whether it was known as live."""
        self._gone.setdefault(uid, now)
        entry = self._entries.pop(uid, None)
        if entry is None:
            return False
        self._names.pop((entry.fact.namespace, entry.fact.name), None)
        self._moved(entry.fact, None)
        return True

    def replace(self, entries: Iterable[Entry[F]], version: int, now: float) -> bool:
        """A complete list as of a version: what it lacks and wasn't read later is gone."""
        changed, listed = False, set()
        for entry in entries:
            listed.add(entry.fact.uid)
            changed |= self.apply(entry, now)
        missing = [
            uid
            for uid, entry in self._entries.items()
            if uid not in listed and entry.version <= version
        ]
        for uid in missing:
            changed |= self.remove(uid, now)
        return changed

    @property
    def newest(self) -> int:
        """The highest resource version of any live object, or -1."""
        return max((entry.version for entry in self._entries.values()), default=-1)

    def rewind(self) -> None:
        """The cluster was restored to an earlier state: versions known so far mean nothing now."""
        self._entries = {uid: Entry(entry.fact, -1) for uid, entry in self._entries.items()}

    def prune(self, now: float) -> None:
        """Forget UIDs that have been gone for longer than any certificate lives."""
        limit = now - TOMBSTONE_SECONDS
        self._gone = {uid: at for uid, at in self._gone.items() if at > limit}

    def _moved(self, before: F | None, after: F | None) -> None:
        """Hook for further indexes; called at every change of an entry."""


class PodTable(Table[PodFact]):
    """Pods, also by address."""

    def __init__(self) -> None:
        super().__init__()
        self._addresses: dict[str, set[str]] = {}

    def at(self, address: str) -> tuple[PodFact, ...]:
        """The pods that hold an address: a finished pod's has been given back."""
        found = (self.get(uid) for uid in sorted(self._addresses.get(address, ())))
        return tuple(pod for pod in found if pod is not None and not pod.finished)

    def clashes(self) -> list[str]:
        """Addresses that several live pods hold; pods on the host network share one by design."""
        return [
            address
            for address, holders in self._addresses.items()
            if len(holders) > 1 and sum(not pod.host_network for pod in self.at(address)) > 1
        ]

    def _moved(self, before: PodFact | None, after: PodFact | None) -> None:
        for address in before.ipv4 if before else ():
            holders = self._addresses.get(address, set())
            holders.discard(before.uid if before else "")
            if not holders:
                self._addresses.pop(address, None)
        for address in after.ipv4 if after else ():
            self._addresses.setdefault(address, set()).add(after.uid if after else "")
