# SPDX-License-Identifier: Apache-2.0
"""`python -m skm_kms`: the KMS server."""

import asyncio
import gc
import os
import signal
import sys

import uvloop

from skm_common import __version__
from skm_common.environment import SettingError, read_settings

from .api.kms import Kms
from .clock import SystemClock
from .crypto import system_random
from .hardening import harden
from .logs import configure_logs
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
    configure_logs(settings.log_level)
    harden()
    os.umask(0o077)
    # What was imported stays; looking through it again and again would only cost time.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Kms(settings, SystemClock(), system_random).serve(stop)


if __name__ == "__main__":
    sys.exit(main())
