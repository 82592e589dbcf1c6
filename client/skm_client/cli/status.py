# SPDX-License-Identifier: Apache-2.0
"""`skm status`: how the KMS does."""

import argparse
from typing import Any, Final

from skm_client.cli.connection import admin_client, connection_options
from skm_client.cli.console import Console

_TOLD_APART: Final = ("conditions", "missing")


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "status",
        parents=[connection_options()],
        help="how the KMS does: readiness, conditions, version",
        description="Print how the KMS does: readiness, conditions, version.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Conditions that aren't as they should be say what to do."""
    with admin_client(args) as client:
        status = client.status()
    conditions = status.get("conditions", [])
    if console.as_json:
        console.show(status)
        return 0
    shown = {name: value for name, value in status.items() if name not in _TOLD_APART}
    console.show(shown)
    for part, why in status.get("missing", {}).items():
        console.show({f"missing: {part}": why})
    for condition in conditions:
        head = f"{condition['type']}={condition['status']}"
        console.show({head: condition.get("message") or condition.get("reason")})
    return 0
