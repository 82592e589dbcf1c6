# SPDX-License-Identifier: Apache-2.0
"""The example orders-db: applied as a user applies it, and what its application says."""

from typing import Final

from demo.access import Access, wait_for
from demo.errors import AdoptionError
from demo.settings import CHECKOUT

NAMESPACE: Final = "orders"
EXAMPLE: Final = CHECKOUT / "examples" / "orders-db"


def apply(access: Access) -> None:
    """`kubectl apply` of the whole folder, with the images' registry put in."""
    manifests = [path.read_text() for path in sorted(EXAMPLE.glob("*.yaml"))]
    access.apply("\n---\n".join(manifests).replace("localhost/skm", f"{access.registry}/skm"))


def words(access: Access) -> str | None:
    """The application's last line about its rows; None while it has said nothing like it."""
    log = access.attempt("-n", NAMESPACE, "logs", "deployment/orders", "-c", "orders", "--tail=1")
    line = log.stdout.strip()
    return line if log.returncode == 0 and "rows in PostgreSQL" in line else None


def wait_for_words(access: Access, seconds: float = 300) -> str:
    """Wait until the application writes and reads rows; raises TooLateError."""
    return wait_for("row that the application has written", seconds, lambda: _look(access))


def _look(access: Access) -> str | None:
    found = words(access)
    if found is None and _is_of_an_earlier_namespace(access):
        raise AdoptionError(
            "The KMS has kept the keystore orders.orders of an earlier namespace of this name, and"
            " a new one inherits nothing by itself: say `kubectl skm keystore adopt orders.orders`."
        )
    return found


def _is_of_an_earlier_namespace(access: Access) -> bool:
    keystore = access.get("-n", NAMESPACE, "keystore.skm.dev/orders") or {}
    conditions = keystore.get("status", {}).get("conditions", [])
    return any(condition["reason"] == "AdoptionRequired" for condition in conditions)
