# SPDX-License-Identifier: Apache-2.0
"""The chart's installation, the way a user types it."""

from typing import Final

from demo.access import Access
from demo.settings import CHECKOUT
from skm_common import names

RELEASE: Final = "skm"
CHART: Final = CHECKOUT / "charts" / "secure-key-manager"
TIMEOUT: Final = "5m"


def install(access: Access, *values: str, timeout: str = TIMEOUT) -> None:
    """`helm upgrade --install --wait`, which ends when everything is Ready; CommandFailedError."""
    chosen = [f"--set={value}" for value in (f"image.registry={access.registry}", *values)]
    access.helm(
        "upgrade", "--install", RELEASE, str(CHART),
        f"--namespace={names.NAMESPACE}", "--create-namespace",
        "--wait", f"--timeout={timeout}", *chosen,
    )  # fmt: skip


def uninstall(access: Access) -> None:
    """`helm uninstall`; root key, internal CA, definitions and both volumes are kept."""
    access.helm(
        "uninstall", RELEASE, f"--namespace={names.NAMESPACE}",
        "--ignore-not-found", "--wait", f"--timeout={TIMEOUT}",
    )  # fmt: skip
