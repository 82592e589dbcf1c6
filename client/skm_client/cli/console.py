# SPDX-License-Identifier: Apache-2.0
"""What a command says: results on standard output, everything else on standard error."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from skm_client.errors import ClientError, ProblemError

Column = tuple[str, str]
"""A heading, and the dotted path of the member that stands under it."""
Tell = Callable[[dict[str, Any]], dict[str, Any]]
_REMEDIES: Final = {
    "unauthenticated": "name a credentials file with --credentials or SKM_CREDENTIALS",
    "forbidden": "ask an administrator; `skm administrator list` shows who has which role",
    "managed_by_resource": "change the custom resource with kubectl, the operator brings it here",
}


@dataclass(frozen=True, slots=True)
class Console:
    """Two streams, and whether results are for programs (JSON) or people."""

    out: TextIO
    err: TextIO
    as_json: bool = False

    def show(self, document: Any, columns: Sequence[Column] = (), told: Tell = dict) -> None:
        """Print a result: JSON, a table of a list's rows, or lines of `name  value`.

        `told` puts a row into words for the table; programs get it as it is.
        """
        if self.as_json:
            print(json.dumps(document, indent=2, sort_keys=True), file=self.out)
        elif isinstance(document, list):
            self._table([told(row) for row in document], columns)
        else:
            self._lines(document, columns)

    def say(self, sentence: str) -> None:
        """Print a sentence for a person, apart from the results."""
        print(sentence, file=self.err)

    def complain(self, error: ClientError) -> None:
        """Print what went wrong, and what mends it."""
        self.say(f"skm: {error}")
        if isinstance(error, ProblemError):
            problem = error.problem
            if problem.check:
                self.say(f"  check:  {problem.check} ({problem.outcome or 'denied'})")
            remedy = problem.remedy or _REMEDIES.get(problem.code)
            self.say(f"  code:   {problem.code} (HTTP {problem.status})")
            if remedy:
                self.say(f"  remedy: {remedy}")

    def _table(self, rows: list[dict[str, Any]], columns: Sequence[Column]) -> None:
        if not rows:
            self.say("There are none.")
            return
        cells = [[heading for heading, _ in columns]]
        cells += [[text(row, path) for _, path in columns] for row in rows]
        widths = [max(len(line[n]) for line in cells) for n in range(len(columns))]
        for line in cells:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            print("   ".join(padded).rstrip(), file=self.out)

    def _lines(self, document: dict[str, Any], columns: Sequence[Column]) -> None:
        chosen = columns or [(name, name) for name in document]
        width = max((len(heading) for heading, _ in chosen), default=0)
        for heading, path in chosen:
            print(f"{heading.ljust(width)}   {text(document, path)}", file=self.out)


def text(document: Any, path: str) -> str:
    """The member at a dotted path in words: `-` where there is none."""
    found = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if found is None:
        return "-"
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, list):
        return ",".join(str(item) for item in found) or "-"
    return json.dumps(found, sort_keys=True) if isinstance(found, dict) else str(found)
