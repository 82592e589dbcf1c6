# SPDX-License-Identifier: Apache-2.0
"""The chart's installation, the way a user types it."""

import json
from typing import Final

from demo.access import Access
from demo.settings import CHECKOUT
from skm_common import names

RELEASE: Final = "skm"
CHART: Final = CHECKOUT / "charts" / "secure-key-manager"
TIMEOUT: Final = "5m"
WORKLOADS: Final = (
    (names.NAMESPACE, f"statefulset/{names.KMS}"),
    (names.SYSTEM_KEY_NAMESPACE, f"deployment/{names.SYSTEM_KEY}"),
    (names.NAMESPACE, f"deployment/{names.OPERATOR}"),
    (names.NAMESPACE, f"deployment/{names.WEBHOOK}"),
    (names.NODE_NAMESPACE, f"daemonset/{names.NODE_AGENT}"),
)


def install(access: Access, *values: str, timeout: str = TIMEOUT) -> None:
    """`helm upgrade --install --wait`, which ends when everything is Ready; CommandFailedError."""
    recover(access)
    chosen = [f"--set={value}" for value in (f"image.registry={access.registry}", *values)]
    access.helm(
        "upgrade", "--install", RELEASE, str(CHART),
        f"--namespace={names.NAMESPACE}", "--create-namespace",
        "--wait", f"--timeout={timeout}", *chosen,
    )  # fmt: skip


def recover(access: Access) -> None:
    """Clear what a helm that was killed has left: it would refuse to work on the release again."""
    if not is_installed(access):
        return
    told = access.helm("status", RELEASE, f"--namespace={names.NAMESPACE}", "--output=json")
    match json.loads(told)["info"]["status"]:
        case "pending-install" | "uninstalling":
            uninstall(access)
        case "pending-upgrade" | "pending-rollback":
            access.helm("rollback", RELEASE, f"--namespace={names.NAMESPACE}", "--no-hooks")


def is_installed(access: Access) -> bool:
    """Whether there is a release already; helm 4 lists those of every state."""
    found = access.helm("list", "--short", f"--namespace={names.NAMESPACE}")
    return RELEASE in found.split()


def restart(access: Access) -> None:
    """Let every pod of ours run the images that were just brought: their tag is the same."""
    for namespace, what in WORKLOADS:
        access.kubectl("-n", namespace, "rollout", "restart", what)
    for namespace, what in WORKLOADS:
        access.kubectl("-n", namespace, "rollout", "status", what, f"--timeout={TIMEOUT}")


def uninstall(access: Access) -> None:
    """`helm uninstall`; root key, internal CA, definitions and both volumes are kept."""
    access.helm(
        "uninstall", RELEASE, f"--namespace={names.NAMESPACE}",
        "--ignore-not-found", "--wait", f"--timeout={TIMEOUT}",
    )  # fmt: skip
