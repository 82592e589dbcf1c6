# SPDX-License-Identifier: Apache-2.0
"""Measures speed and memory and prints each figure beside its bound; no figure fails the run.

  speed      requests a second and CPU time a request of the KMS, against uvicorn's own speed
  ready      injected pod Ready against the same pod bare, in pairs at random phase
  resident   resident memory of each process

Exit codes: 0 measured; 1 one sentence on standard error says why not; 130 interrupted.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

from bench import Figure, readiness, resident, site, speed
from bench.cluster import CLUSTER_ERRORS, Cluster, why
from bench.errors import BenchError
from bench.figures import table
from bench.place import Place, place
from demo.errors import DemoError
from localcluster import LocalClusterError, Steps
from localcluster.cli import sentence

PARTS = ("speed", "ready", "resident")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts asked for, then tell all figures at once."""
    asked = parser().parse_args(arguments)
    steps = Steps(sys.stderr)
    try:
        figures = _figures(asked, steps)
    except (BenchError, DemoError, LocalClusterError, OSError) as error:
        print(f"bench: {sentence(error)}", file=sys.stderr)
        return 1
    except CLUSTER_ERRORS as error:
        print(f"bench: the cluster can't be used: {why(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130
    print(table(figures))
    if asked.json:
        documents = [figure.document() for figure in figures]
        asked.json.write_text(json.dumps(documents, indent=2) + "\n")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("parts", nargs="*", type=_part, metavar="PART", help=f"of {', '.join(PARTS)}")
    made.add_argument("--pairs", type=int, default=20, help="pairs of pods (default: 20)")
    made.add_argument("--rounds", type=int, default=5, help="rounds of the KMS (default: 5)")
    made.add_argument("--seed", type=int, default=0, help="of the random phases (default: 0)")
    made.add_argument("--name", default="bench", help="local cluster (default: bench)")
    made.add_argument("--kubeconfig", help="measure in this cluster as it is instead")
    made.add_argument(
        "--registry", default="localhost", help="where its nodes have our images from"
    )
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return made


def _part(text: str) -> str:
    if text not in PARTS:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(PARTS)}")
    return text


def _figures(asked: argparse.Namespace, steps: Steps) -> list[Figure]:
    parts = asked.parts or PARTS
    found: list[Figure] = []
    if "speed" in parts:
        with steps.step(f"Measure the KMS in {asked.rounds} rounds"):
            found += speed.measure(asked.rounds)
    if {"ready", "resident"} & set(parts):
        with _site(asked, steps) as cluster, place(cluster, asked.registry) as made:
            found += _in_cluster(asked, parts, made, steps)
    return found


def _site(asked: argparse.Namespace, steps: Steps) -> AbstractContextManager[Cluster]:
    return site.given(asked.kubeconfig) if asked.kubeconfig else site.own(asked.name, steps)


def _in_cluster(
    asked: argparse.Namespace, parts: Sequence[str], made: Place, steps: Steps
) -> list[Figure]:
    found: list[Figure] = []
    if "resident" in parts:
        with steps.step("Look at each process's memory"):
            found += resident.measure(made)
    if "ready" in parts:
        with steps.step(f"Make {asked.pairs} pairs of pods"):
            random = Random(asked.seed)  # noqa: S311 (phases, not keys)
            found += readiness.measure(made, asked.pairs, random)
    return found


if __name__ == "__main__":
    sys.exit(main())
