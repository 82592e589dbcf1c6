# SPDX-License-Identifier: Apache-2.0
"""`python3 -m skm_injector.webhook [--version]`."""

import asyncio
import os
import sys

import uvloop

import skm_common
from skm_common.environment import SettingError, read_settings
from skm_injector.journal import log
from skm_injector.webhook.settings import Settings
from skm_injector.webhook.webhook import Webhook


def main(arguments: list[str]) -> int:
    """Runs the webhook until it is told to end; 2 for a setting that can't be used."""
    if arguments == ["--version"]:
        sys.stdout.write(f"skm-webhook {skm_common.__version__}\n")
        return 0
    if arguments:
        sys.stderr.write("usage: python3 -m skm_injector.webhook [--version]\n")
        return 2
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run())
    except SettingError as error:
        log("bad_setting", reason=str(error))
        return 2
    return 0


async def _run() -> None:
    await Webhook(read_settings(Settings, os.environ)).run(os.environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
