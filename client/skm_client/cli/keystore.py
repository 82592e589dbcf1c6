# SPDX-License-Identifier: Apache-2.0
"""`skm keystore`: list, show, adopt."""

import argparse
from typing import Any, Final

from skm_client.cli.connection import admin_client, connection_options
from skm_client.cli.console import Column, Console

COLUMNS: Final[tuple[Column, ...]] = (
    ("KEYSTORE", "name"),
    ("STATE", "state"),
    ("METHODS", "methods"),
    ("ID", "id"),
)


def add(commands: Any) -> None:
    """Add the command and its parts to the command line."""
    parser = commands.add_parser("keystore", help="list, show or adopt keystores")
    parts = parser.add_subparsers(metavar="ACTION", required=True)
    _list(parts)
    for name, run, what in (
        ("show", show, "show one keystore"),
        ("adopt", adopt, "bind a keystore to the namespace that bears the old one's name now"),
    ):
        part: argparse.ArgumentParser = parts.add_parser(
            name, parents=[connection_options()], help=what, description=what, allow_abbrev=False
        )
        part.add_argument("keystore", metavar="NAMESPACE.KEYSTORE")
        part.set_defaults(run=run)


def _list(parts: Any) -> None:
    part: argparse.ArgumentParser = parts.add_parser(
        "list", parents=[connection_options()], help="list keystores", allow_abbrev=False
    )
    part.add_argument("--in", dest="inside", metavar="NAMESPACE", help="only those of a namespace")
    part.set_defaults(run=list_all)


def list_all(args: argparse.Namespace, console: Console) -> int:
    """All keystores, or those of one namespace."""
    with admin_client(args) as client:
        console.show(client.keystores(args.inside), COLUMNS, _told)
    return 0


def show(args: argparse.Namespace, console: Console) -> int:
    """One keystore with all it asks for."""
    with admin_client(args) as client:
        console.show(client.keystore(args.keystore))
    return 0


def adopt(args: argparse.Namespace, console: Console) -> int:
    """A namespace made again under an old name inherits nothing until somebody says this."""
    with admin_client(args) as client:
        console.show(client.adopt(args.keystore))
    return 0


def _told(keystore: dict[str, Any]) -> dict[str, Any]:
    methods = keystore.get("document", {}).get("authentication", {})
    return {**keystore, "methods": [name for name, how in methods.items() if how is not None]}
