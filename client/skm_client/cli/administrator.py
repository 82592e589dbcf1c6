# SPDX-License-Identifier: Apache-2.0
"""`skm administrator`: add, list, remove those who have a role."""

import argparse
from typing import Any, Final

from skm_client.cli.connection import admin_client, connection_options
from skm_client.cli.console import Column, Console
from skm_client.credentials import Credentials, leaf, read_credentials
from skm_client.signing_request import new_signing_request

ROLES: Final = ("administrator", "auditor")
COLUMNS: Final[tuple[Column, ...]] = (("NAME", "name"), ("ROLE", "role"), ("EXPIRES", "expiresAt"))


def add(commands: Any) -> None:
    """Add the command and its parts to the command line."""
    parser = commands.add_parser("administrator", help="add, list or remove administrators")
    parts = parser.add_subparsers(metavar="ACTION", required=True)
    part = _part(parts, "list", "list everyone with a role")
    part.set_defaults(run=list_all)
    part = _part(parts, "add", "make an administrator and print the credentials file, once")
    part.add_argument("name", metavar="NAME")
    part.add_argument("--role", choices=ROLES, default="administrator")
    part.set_defaults(run=add_one)
    part = _part(parts, "remove", "take a role away")
    part.add_argument("name", metavar="NAME")
    part.set_defaults(run=remove)


def _part(parts: Any, name: str, what: str) -> argparse.ArgumentParser:
    part: argparse.ArgumentParser = parts.add_parser(
        name, parents=[connection_options()], help=what, description=what, allow_abbrev=False
    )
    return part


def list_all(args: argparse.Namespace, console: Console) -> int:
    """Everyone with a role; the operator's stands in the KMS's settings, not here."""
    with admin_client(args) as client:
        console.show(client.administrators(), COLUMNS)
    return 0


def add_one(args: argparse.Namespace, console: Console) -> int:
    """The key is made here; the KMS sees only the request."""
    request = new_signing_request(args.name)
    with admin_client(args) as client:
        issued = client.add_administrator(args.name, args.role, request.csr)
    own = read_credentials(args.credentials)
    certificate = leaf(issued["certificate"])
    credentials = Credentials(
        args.name, own.server_name, request.key, certificate, issued["caBundle"]
    )
    console.out.write(credentials.pem())
    console.say("This is the only copy. Hand it over by a way that only its holder can read.")
    return 0


def remove(args: argparse.Namespace, console: Console) -> int:
    """The certificate is refused from now on."""
    with admin_client(args) as client:
        client.remove_administrator(args.name)
    console.say(f"{args.name} has no role any more.")
    return 0
