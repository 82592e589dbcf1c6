# SPDX-License-Identifier: Apache-2.0
"""`python -m skm_operator` runs the operator."""

import argparse
import asyncio
import logging
import os
import sys

from skm_common import __version__
from skm_common.environment import SettingError, read_settings
from skm_operator.errors import LeaseLostError
from skm_operator.process import run
from skm_operator.settings import Settings


def main() -> int:
    """Returns 0 after SIGTERM, 1 when the lease was lost, 2 when a setting is wrong."""
    parser = argparse.ArgumentParser(prog="skm_operator", description="Secure Key Manager operator")
    parser.add_argument("--version", action="version", version=__version__)
    parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(run(read_settings(Settings, os.environ)))
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    except LeaseLostError as error:
        logging.getLogger(__name__).error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
