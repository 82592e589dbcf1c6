# SPDX-License-Identifier: Apache-2.0
"""`python -m skm_injector.node`: the node agent's process."""

import argparse
import asyncio
import os
import sys

from skm_common import __version__
from skm_common.environment import SettingError, read_settings
from skm_injector.journal import Journal

from .process import run
from .settings import Settings


def main() -> int:
    """Run until told to end; exit code 2 where a setting is missing or can't be used."""
    parser = argparse.ArgumentParser(prog="python -m skm_injector.node", description=__doc__)
    parser.add_argument("--version", action="version", version=f"skm-node-agent {__version__}")
    parser.parse_args()
    journal = Journal()
    try:
        settings = read_settings(Settings, os.environ)
    except SettingError as error:
        journal.event("bad_setting", reason=str(error))
        return 2
    asyncio.run(run(settings, journal))
    return 0


if __name__ == "__main__":
    sys.exit(main())
