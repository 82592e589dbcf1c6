# SPDX-License-Identifier: Apache-2.0
"""`python -m skm_kms.systemkey`: the system-key server as its own process."""

import asyncio
import os
import sys

from skm_common import __version__
from skm_common.environment import SettingError, read_settings
from skm_kms.clock import SystemClock
from skm_kms.crypto import system_random
from skm_kms.hardening import harden
from skm_kms.logs import configure_logs

from .server import serve
from .settings import Settings


def main() -> int:
    """Run until told to stop; 2 for a setting that can't be read."""
    if "--version" in sys.argv[1:]:
        print(__version__)
        return 0
    try:
        settings = read_settings(Settings, os.environ)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    configure_logs("INFO")
    harden()
    asyncio.run(serve(settings, SystemClock(), system_random))
    return 0


if __name__ == "__main__":
    sys.exit(main())
