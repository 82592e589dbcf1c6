# SPDX-License-Identifier: Apache-2.0
"""`skm key`: list, show, versions, rotate, cancel-destruction. No command shows material."""

import argparse
from typing import Any, Final

from skm_client.cli.connection import admin_client, connection_options
from skm_client.cli.console import Column, Console

COLUMNS: Final[tuple[Column, ...]] = (
    ("KEY", "name"),
    ("STATE", "state"),
    ("VERSION", "currentVersion"),
    ("DESTROYED AT", "destroyAt"),
    ("ID", "id"),
)
VERSION_COLUMNS: Final[tuple[Column, ...]] = (
    ("VERSION", "version"),
    ("STATE", "state"),
    ("CREATED", "createdAt"),
)


def add(commands: Any) -> None:
    """Add the command and its parts to the command line."""
    parser = commands.add_parser("key", help="list, show, rotate keys; cancel a destruction")
    parts = parser.add_subparsers(metavar="ACTION", required=True)
    part = _part(parts, "list", "list the keys of a keystore")
    part.set_defaults(run=list_all)
    for name, run, what in (
        ("show", show, "show one key, without its material"),
        ("versions", versions, "list a key's versions, without their material"),
        ("rotate", rotate, "add a version to a generated secret or a symmetric key"),
        ("cancel-destruction", cancel, "keep a key whose destruction is scheduled"),
    ):
        part = _part(parts, name, what)
        part.add_argument("key", metavar="KEY")
        part.set_defaults(run=run)


def _part(parts: Any, name: str, what: str) -> argparse.ArgumentParser:
    part: argparse.ArgumentParser = parts.add_parser(
        name, parents=[connection_options()], help=what, description=what, allow_abbrev=False
    )
    part.add_argument("keystore", metavar="NAMESPACE.KEYSTORE")
    return part


def list_all(args: argparse.Namespace, console: Console) -> int:
    """All keys of a keystore."""
    with admin_client(args) as client:
        console.show(client.keys(args.keystore), COLUMNS)
    return 0


def show(args: argparse.Namespace, console: Console) -> int:
    """One key."""
    with admin_client(args) as client:
        console.show(client.key(args.keystore, args.key))
    return 0


def versions(args: argparse.Namespace, console: Console) -> int:
    """The versions of a key, the newest last."""
    with admin_client(args) as client:
        console.show(client.versions(args.keystore, args.key), VERSION_COLUMNS)
    return 0


def rotate(args: argparse.Namespace, console: Console) -> int:
    """Running pods see the new version within seconds."""
    with admin_client(args) as client:
        console.show(client.rotate(args.keystore, args.key))
    return 0


def cancel(args: argparse.Namespace, console: Console) -> int:
    """Possible until the waiting period ends."""
    with admin_client(args) as client:
        console.show(client.cancel_destruction(args.keystore, args.key))
    return 0
