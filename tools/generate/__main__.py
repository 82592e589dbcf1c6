# SPDX-License-Identifier: Apache-2.0
"""`python -m generate` writes every generated file; with `--check` it names those that differ."""

import argparse
import sys
from pathlib import Path

from generate import GENERATORS


def main() -> int:
    """Returns 0 when all is in step or was written, 1 when `--check` found a difference."""
    parser = argparse.ArgumentParser(prog="generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail on a difference")
    checking = parser.parse_args().check
    stale = [
        (path, content)
        for generator in GENERATORS
        for path, content in generator().items()
        if not path.is_file() or path.read_text() != content
    ]
    for path, content in stale:
        print(f"{path} is out of step; run make generate" if checking else f"wrote {path}")
        if not checking:
            _write(path, content)
    return 1 if checking and stale else 0


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


if __name__ == "__main__":
    sys.exit(main())
