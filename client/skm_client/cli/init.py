# SPDX-License-Identifier: Apache-2.0
"""`skm init`: the first administrator, made once, inside the KMS's pod."""

import argparse
import os
from pathlib import Path
from typing import Any, Final

from skm_client.admin import AdminClient
from skm_client.cli.console import Console
from skm_client.connections import unix_transport
from skm_client.credentials import Credentials, leaf
from skm_client.signing_request import new_signing_request
from skm_common import names

SOCKET: Final = Path("/run/skm/admin.sock")


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "init",
        help="make the first administrator, once, in the KMS's pod",
        description=(
            "Make the first administrator and print its credentials file, once. Run it in the KMS's"
            " pod and keep what it prints:"
            " (umask 077; kubectl -n skm-system exec skm-kms-0 -c kms -- skm init > ~/admin.pem)"
        ),
        allow_abbrev=False,
    )
    parser.add_argument("--name", default="admin", help="the administrator's name (%(default)s)")
    parser.add_argument("--socket", type=Path, default=SOCKET, help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """The key is made here and leaves only on standard output; the KMS sees the request."""
    request = new_signing_request(args.name)
    with unix_transport(args.socket) as transport:
        issued = AdminClient(transport).init(args.name, request.csr)
    namespace = os.environ.get("SKM_NAMESPACE", names.NAMESPACE)
    credentials = Credentials(
        name=args.name,
        server_name=names.service_name(names.KMS, namespace),
        key=request.key,
        certificate=leaf(issued["certificate"]),
        ca_bundle=issued["caBundle"],
    )
    console.out.write(credentials.pem())
    console.say("This is the only copy. Keep it where only you can read it.")
    return 0
