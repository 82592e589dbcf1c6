# SPDX-License-Identifier: Apache-2.0
"""One disabled check: where it stands, what replaces it, and which tests must notice."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutant:
    """A textual edit of one source file.

    `before` must occur exactly once in `file`. `suites` are the files and folders of tests that
    run for it: those that lie over the edited code and need neither cluster nor root. `expected`
    are the tests among them that turn red, all of them and no others:
    `tests/unit/…/test_file.py::test_name[parameter]`, or without the parameter where it has no name
    of its own.
    """

    name: str
    file: str
    before: str
    after: str
    suites: tuple[str, ...]
    expected: frozenset[str]

    def mutated(self, root: Path) -> str:
        """The file's text with the check disabled; ValueError if the place has moved."""
        source = (root / self.file).read_text()
        if source.count(self.before) != 1:
            raise ValueError(f"{self.name}: the text to replace isn't once in {self.file}")
        return source.replace(self.before, self.after)

    def apply(self, root: Path) -> None:
        """Writes the edit into the copy of the tree at `root`; ValueError as `mutated`."""
        (root / self.file).write_text(self.mutated(root))

    def as_named(self, red: frozenset[str]) -> frozenset[str]:
        """Red tests by the names that this mutant gives them: parameters only where it says so."""
        return frozenset(
            base if (base := test.partition("[")[0]) in self.expected else test for test in red
        )


def named(file: str, *names: str) -> frozenset[str]:
    """The identifiers of tests of one file."""
    return frozenset(f"{file}::{name}" for name in names)
