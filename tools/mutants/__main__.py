# SPDX-License-Identifier: Apache-2.0
"""Disables each security check in a copy of the source, one at a time, and runs the tests over it.

Exits 0 when for each mutant exactly its tests turned red. 10 minutes on two cores.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutants import MUTANTS, Mutant
from mutants.trial import Trial, attempt
from mutants.verdict import Verdict, summary


def main() -> int:
    """Tries the mutants asked for."""
    asked = _arguments()
    chosen = [mutant for mutant in MUTANTS if not asked.names or mutant.name in asked.names]
    unknown = set(asked.names) - {mutant.name for mutant in chosen}
    if unknown:
        sys.exit(f"there is no mutant {', '.join(sorted(unknown))}")
    if asked.list:
        print(*(mutant.name for mutant in chosen), sep="\n")
        return 0
    suites = sorted({suite for mutant in chosen for suite in mutant.suites})
    if red := attempt(Path.cwd(), None, suites).red:
        print("Red without any mutant, so nothing can be told:", *sorted(red), sep="\n  ")
        return 1
    verdicts = _try_all(chosen, asked.jobs)
    print(summary(verdicts))
    return 0 if all(verdict.good for verdict in verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m mutants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help="mutants to try (default: all)")
    parser.add_argument("--jobs", type=int, default=2, help="trials at a time (default: 2)")
    parser.add_argument("--list", action="store_true", help="name the mutants and try none")
    return parser.parse_args()


def _try_all(chosen: Sequence[Mutant], jobs: int) -> list[Verdict]:
    """The verdicts, each told as soon as it and those before it are there."""
    verdicts = []
    with ThreadPoolExecutor(jobs) as pool:
        for verdict in pool.map(_try, chosen):
            print(*verdict.lines(), sep="\n", flush=True)
            verdicts.append(verdict)
    return verdicts


def _try(mutant: Mutant) -> Verdict:
    """The verdict; a bad one is looked at twice, because a busy machine turns tests red too."""
    first = attempt(Path.cwd(), mutant, mutant.suites)
    verdict = Verdict(mutant, first)
    if verdict.good:
        return verdict
    second = attempt(Path.cwd(), mutant, mutant.suites)
    return Verdict(mutant, Trial(first.red & second.red, second.ran))


if __name__ == "__main__":
    sys.exit(main())
