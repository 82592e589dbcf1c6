# SPDX-License-Identifier: Apache-2.0
"""`skm whoami`: what the KMS sees of the caller, and which checks would pass."""

import argparse
import os
from pathlib import Path
from typing import Any, Final

from skm_client.cli.connection import connection_options, open_transport
from skm_client.cli.console import Column, Console, text
from skm_client.data import DataClient
from skm_common import names

_COLUMNS: Final[tuple[Column, ...]] = (
    ("address", "address"),
    ("MAC", "mac"),
    ("evidence", "evidence"),
    ("certificate", "certificateSubject"),
    ("pod", "pod"),
)


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "whoami",
        parents=[connection_options()],
        help="what the KMS sees of you, and which checks would pass",
        description=(
            "Ask the data plane who you are to it: address, MAC and its evidence, certificate, and"
            " for each check whether it would pass, why not, and what mends it."
        ),
        allow_abbrev=False,
    )
    parser.add_argument(
        "--certificate",
        metavar="FILE",
        type=Path,
        default=os.environ.get("SKM_CERTIFICATE"),
        help="private key and client certificate to present (PEM, one file); default: none",
    )
    parser.add_argument(
        "--expect-address",
        metavar="ADDRESS",
        help="fail unless the KMS saw this address: finds proxies and address translation",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Succeeds whatever the checks say: it reports, it does not judge."""
    with open_transport(args, names.DATA_PORT, None, args.certificate) as transport:
        found = DataClient(transport).whoami()
    _show(console, found)
    seen = text(found, "address")
    if args.expect_address and seen != args.expect_address:
        console.say(
            f"skm: the KMS saw {seen}, not {args.expect_address}: something between rewrites"
            " addresses, and the ipv4 check can't pass through it."
        )
        return 1
    return 0


def _show(console: Console, found: dict[str, Any]) -> None:
    if console.as_json:
        console.show(found)
        return
    console.show(found, _COLUMNS)
    for check, finding in found.get("checks", {}).items():
        told = [finding.get(name) for name in ("outcome", "why", "remedy")]
        console.show({check: "; ".join(part for part in told if part)})
