# SPDX-License-Identifier: Apache-2.0
"""`python -m skm_kms.install`: the job that runs before helm installs or upgrades the release."""

import asyncio
import logging
import os
import sys
import time
from typing import Final

from skm_common import __version__
from skm_common.environment import SettingError, read_settings
from skm_kms.crypto import system_random

from .cluster import Cluster
from .errors import ApiUnreachableError, InstallError
from .job import InstallJob
from .settings import Settings

_RETRY_SECONDS: Final = 2.0
_LOG: Final = logging.getLogger(__name__)


async def install(settings: Settings) -> None:
    """Run the job, asking a silent API server again while patience lasts; raises InstallError."""
    deadline = time.monotonic() + settings.patience
    async with Cluster.in_pod() as cluster:
        while True:
            try:
                await InstallJob(cluster, settings, system_random, time.time()).run()
                return
            except ApiUnreachableError as error:
                if time.monotonic() >= deadline:
                    raise
                _LOG.warning("%s; trying again", error)
            await asyncio.sleep(_RETRY_SECONDS)


def main() -> int:
    """0 when everything is there, 1 with a sentence if not, 2 for a setting that can't be read."""
    if "--version" in sys.argv[1:]:
        print(__version__)
        return 0
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        asyncio.run(install(read_settings(Settings, os.environ)))
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    except InstallError as error:
        print(f"install failed: {error}", file=sys.stderr)
        return 1
    print("everything that must exist before the release is there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
