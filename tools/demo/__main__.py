# SPDX-License-Identifier: Apache-2.0
"""`python -m demo up|down|rogues|canary`; CLUSTER, NAME, NETWORK, REGISTRY and YES say where.

Exit codes: 0 done; 1 one sentence on standard error says why not; 130 interrupted.
"""

import argparse
import os
import sys

from demo import place
from demo.canary import canary
from demo.errors import DemoError
from demo.rogues import run_all
from demo.settings import Settings, read_settings
from demo.up import down, up
from imagebuilder.errors import ImageBuilderError
from localcluster import LocalClusterError, Steps
from localcluster.cli import sentence


def rogues(settings: Settings, steps: Steps) -> None:
    """On the running demo."""
    run_all(place.reach(settings, steps), steps)


COMMANDS = {"up": up, "down": down, "rogues": rogues, "canary": canary}


def main() -> int:
    """Run one command; progress on standard output."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    chosen = parser.parse_args().command
    try:
        COMMANDS[chosen](read_settings(os.environ), Steps(sys.stdout))
    except (DemoError, ImageBuilderError, LocalClusterError, OSError) as error:
        print(f"demo: {sentence(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        print(f"demo: {sentence(error)}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
