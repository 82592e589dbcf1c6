# SPDX-License-Identifier: Apache-2.0
"""Verifies a whole log against its signed head, and against a head known from outside.

The head authenticates the tree. If the entries rebuild it, all records are right. If not, the
lowest level of hashes that still rebuilds it says what the entries must have been, and so where
they were changed.
"""

from .checkpoint import Checkpoint, open_checkpoint
from .comparison import Comparison
from .errors import CheckpointError, NoteError
from .levels import changed_spans, damaged, damaged_tiles, lowest_authentic_level
from .note import Verifier
from .report import Finding, Kind, Report
from .tiles import CHECKPOINT_PATH, Tile, bundles_of
from .walk import Growth, Read, read_bundle


def verify_log(read: Read, verifier: Verifier, known_head: Checkpoint | None = None) -> Report:
    """Verify every record that `read` gives against the head that `verifier` signed.

    `known_head` is a head of the same log that somebody else kept (already verified). Raises
    CheckpointError if it is of another log. Everything wrong with the log itself is a finding.
    """
    if known_head is not None and known_head.origin != verifier.name:
        raise CheckpointError(f"the known head is of the log {known_head.origin}")
    note = read(CHECKPOINT_PATH)
    try:
        if note is None:
            raise NoteError("there is no checkpoint")
        head = open_checkpoint(note, verifier)
    except (NoteError, CheckpointError) as error:
        return Report(0, 0, 0, (Finding(Kind.UNSIGNED, 0, 0, str(error)),))
    return _Verification(read, head, known_head).report()


class _Verification:
    def __init__(self, read: Read, head: Checkpoint, known_head: Checkpoint | None) -> None:
        marked = known_head.size if known_head else 0
        self._read = read
        self._head = head
        self._known = known_head
        self._entries = Growth(marked)
        self._leaves = Growth(marked)

    def report(self) -> Report:
        for tile in bundles_of(self._head.size):
            bundle = read_bundle(self._read, tile)
            self._entries.add(bundle.by_entries, tile.width)
            self._leaves.add(bundle.by_tile, tile.width)
        findings = [*self._records(), *self._against_known_head()]
        wrong = [finding.first for finding in findings if finding.kind is not Kind.DAMAGED]
        vouched = min([*wrong, self._head.size])
        witnessed = min(self._known.size, vouched) if self._known else 0
        return Report(self._head.size, vouched, witnessed, tuple(findings))

    def _records(self) -> list[Finding]:
        if self._entries.root() == self._head.root:
            return self._damaged()
        if self._leaves.root() == self._head.root:
            return self._compared()
        found = lowest_authentic_level(self._read, self._head)
        spans = changed_spans(*found, self._entries.bundle_roots) if found else []
        return spans or [self._another_tree()]

    def _damaged(self) -> list[Finding]:
        size, roots = self._head.size, self._entries.bundle_roots
        stored = zip(bundles_of(size), self._leaves.bundle_roots, roots, strict=True)
        leaves = [
            damaged(Tile(0, tile.index, tile.width), size)
            for tile, leaf_root, root in stored
            if leaf_root != root
        ]
        return [*leaves, *damaged_tiles(self._read, size, roots)]

    def _compared(self) -> list[Finding]:
        """The leaf hashes are authentic: each record is compared with its own."""
        comparison = Comparison()
        for tile in bundles_of(self._head.size):
            bundle = read_bundle(self._read, tile)
            if bundle.by_entries is None:
                comparison.missing(bundle.start, bundle.end)
            else:
                comparison.compare(bundle.start, bundle.by_tile or (), bundle.by_entries)
        return comparison.finish()

    def _another_tree(self) -> Finding:
        """Nothing stored leads to the head: only an outside head can vouch for a beginning."""
        known = self._known
        begins = known is not None and self._entries.marked_root == known.root
        first = known.size if known is not None and begins else 0
        detail = "the head signs another tree than the one stored"
        return Finding(Kind.FORKED, min(first, self._head.size), self._head.size, detail)

    def _against_known_head(self) -> list[Finding]:
        known, size = self._known, self._head.size
        if known is None:
            return []
        if known.size > size:
            detail = "an outside head has seen more records than the log has now"
            return [Finding(Kind.TRUNCATED, size, known.size, detail)]
        if known.size == 0 or known.root in self._roots_at_known_size():
            return []
        detail = "an outside head has seen other records than these"
        return [Finding(Kind.FORKED, 0, known.size, detail)]

    def _roots_at_known_size(self) -> set[bytes | None]:
        """The root there by authentic hashes, where there are such; else by what is stored."""
        if self._entries.root() == self._head.root:
            return {self._entries.marked_root}
        if self._leaves.root() == self._head.root:
            return {self._leaves.marked_root}
        return {self._entries.marked_root, self._leaves.marked_root}
