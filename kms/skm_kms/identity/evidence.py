# SPDX-License-Identifier: Apache-2.0
"""What nodes attest about their pods, and the rules by which a report is taken (DESIGN §6.8).

Pure: reports come in already authenticated. A node can speak only for pods whose live
spec.nodeName is that node, because evidence is looked up by node and UID together. A pod that its
node stops attesting is undetermined, never denied: an attacker on a shared bridge can make the
witnesses of another pod disagree, and must not thereby make that pod's agent wipe its files.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from skm_kms.identity.errors import ReplayedBootError, SnapshotRequiredError

STALE_SECONDS: Final = 60.0
"""A node that hasn't reported for longer attests nothing."""

NODE_ATTESTED: Final = "NodeAttested"
LEVELS: Final = ("Declared", NODE_ATTESTED)
"""Evidence of a pod's MAC, weakest first; this version knows of node evidence only."""

_RETIRED_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Attested:
    """One pod's MAC and address, on which all witnesses of its node agreed."""

    ipv4: str
    mac: str
    level: str = NODE_ATTESTED


@dataclass(frozen=True, slots=True)
class Report:
    """A report: the whole (`snapshot`) or what changed since the sequence number before."""

    node: str
    boot: str
    sequence: int
    snapshot: bool
    pods: Mapping[str, Attested]
    removed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reporter:
    """The node agent's pod behind a report; `created` in Unix seconds."""

    uid: str
    created: float


@dataclass(slots=True)
class _Node:
    reporter: Reporter
    boot: str
    sequence: int
    heard: float
    pods: dict[str, Attested]
    retired: deque[str] = field(default_factory=lambda: deque(maxlen=_RETIRED_KEPT))


class EvidenceTable:
    """The newest statement of every node."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}
        self._addresses: dict[str, set[tuple[str, str]]] = {}

    def accept(self, report: Report, reporter: Reporter, *, last_lives: bool, now: float) -> bool:
        """Take a report over; returns whether any attestation changed.

        `last_lives`: whether the pod that reported last for this node is still live. `now` is
        monotonic. Raises SnapshotRequiredError where the report doesn't follow the last one, and
        ReplayedBootError where its process isn't the newest one of this node.
        """
        node = self._nodes.get(report.node)
        if node is None or node.boot != report.boot:
            node = self._begin(node, report, reporter, last_lives)
        elif report.sequence <= node.sequence:
            raise SnapshotRequiredError("this sequence number has been used")
        elif report.sequence > node.sequence + 1 and not report.snapshot:
            raise SnapshotRequiredError("reports are missing before this one")
        pods = {} if report.snapshot else dict(node.pods)
        pods.update(report.pods)
        for uid in report.removed:
            pods.pop(uid, None)
        revived = now - node.heard > STALE_SECONDS
        changed = revived or pods != node.pods
        self._index(report.node, node.pods, pods)
        node.pods, node.sequence, node.heard = pods, report.sequence, now
        self._nodes[report.node] = node
        return changed

    def last_reporter(self, node: str) -> str | None:
        """The UID of the pod that reported last for a node."""
        found = self._nodes.get(node)
        return found.reporter.uid if found else None

    def heard(self, node: str, now: float) -> bool:
        """Whether the node has reported recently enough to attest anything."""
        return now < self.valid_until(node)

    def valid_until(self, node: str) -> float:
        """Until when (monotonic) what the node attests counts, if it says nothing more."""
        found = self._nodes.get(node)
        return found.heard + STALE_SECONDS if found else float("-inf")

    def of(self, node: str, uid: str, now: float) -> Attested | None:
        """What a node attests now about one of its pods."""
        return self._nodes[node].pods.get(uid) if self.heard(node, now) else None

    def attested_at(self, address: str, now: float) -> list[tuple[str, str]]:
        """The nodes that attest an address now, each with the UID of the pod."""
        found = self._addresses.get(address, ())
        return sorted((node, uid) for node, uid in found if self.heard(node, now))

    def nodes(self) -> list[str]:
        """The nodes that have ever reported to this process."""
        return sorted(self._nodes)

    def forget(self, node: str) -> None:
        """A node has left the cluster."""
        found = self._nodes.pop(node, None)
        if found is not None:
            self._index(node, found.pods, {})

    def _index(
        self, node: str, before: Mapping[str, Attested], after: Mapping[str, Attested]
    ) -> None:
        for uid, attested in before.items():
            holders = self._addresses.get(attested.ipv4, set())
            holders.discard((node, uid))
            if not holders:
                self._addresses.pop(attested.ipv4, None)
        for uid, attested in after.items():
            self._addresses.setdefault(attested.ipv4, set()).add((node, uid))

    def _begin(
        self, known: _Node | None, report: Report, reporter: Reporter, last_lives: bool
    ) -> _Node:
        """The state for a process that reports for the first time.

        Within one pod a new process is a restarted container; it is taken unless it is one that
        was replaced before, so that an older process's reports can't be played again. Another pod
        must have been made later; in the same second, the last one must be gone.
        """
        if known is not None:
            self._must_be_newer(known, report, reporter, last_lives)
        if not report.snapshot:
            raise SnapshotRequiredError("a new process begins with a snapshot")
        begun = _Node(reporter, report.boot, report.sequence, float("-inf"), {})
        if known is not None:
            begun = replace(begun, heard=known.heard, pods=known.pods, retired=known.retired)
            begun.retired.append(known.boot)
        return begun

    @staticmethod
    def _must_be_newer(known: _Node, report: Report, reporter: Reporter, last_lives: bool) -> None:
        if report.boot in known.retired:
            raise ReplayedBootError("this process has been replaced by a later one")
        if reporter.uid == known.reporter.uid:
            return
        tie = reporter.created == known.reporter.created and not last_lives
        if reporter.created <= known.reporter.created and not tie:
            raise ReplayedBootError("a node agent made later has reported for this node")
