# SPDX-License-Identifier: Apache-2.0
"""`skm policy list`: who may do what with the keys of a keystore."""

import argparse
from typing import Any, Final

from skm_client.cli.connection import admin_client, connection_options
from skm_client.cli.console import Column, Console

COLUMNS: Final[tuple[Column, ...]] = (
    ("POLICY", "name"),
    ("STATE", "state"),
    ("SUBJECTS", "document.subjects"),
    ("RULES", "document.rules"),
)


def add(commands: Any) -> None:
    """Add the command and its part to the command line."""
    parser = commands.add_parser("policy", help="list access policies")
    parts = parser.add_subparsers(metavar="ACTION", required=True)
    what = "list the access policies of a keystore"
    part: argparse.ArgumentParser = parts.add_parser(
        "list", parents=[connection_options()], help=what, description=what, allow_abbrev=False
    )
    part.add_argument("keystore", metavar="NAMESPACE.KEYSTORE")
    part.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """All policies of a keystore."""
    with admin_client(args) as client:
        console.show(client.policies(args.keystore), COLUMNS)
    return 0
