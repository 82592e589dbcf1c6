# SPDX-License-Identifier: Apache-2.0
"""One disabled check: where it stands, what replaces it, and which tests must notice."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutant:
    """A textual edit of one source file.

    `before` must occur exactly once in `file`. `suites` are the files and folders of tests that
    run for it: all that lie over the edited code and need neither cluster nor root. `expected` are
    the tests among them that turn red, `tests/unit/…/test_file.py::test_name` without parameters:
    all of them and no others.
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


def tests(file: str, *names: str) -> frozenset[str]:
    """The identifiers of tests of one file."""
    return frozenset(f"{file}::{name}" for name in names)
