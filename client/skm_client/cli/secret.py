# SPDX-License-Identifier: Apache-2.0
"""`skm secret set`: give a managed secret its next version, from standard input or a file.

The value never stands on the command line, where every user of the machine could read it.
"""

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import Any

from skm_client.cli.connection import admin_client, connection_options
from skm_client.cli.console import Console
from skm_client.errors import UsageError
from skm_common.resources import MAXIMUM_SECRET


def add(commands: Any) -> None:
    """Add the command and its part to the command line."""
    parser = commands.add_parser("secret", help="set the value of a managed secret")
    parts = parser.add_subparsers(metavar="ACTION", required=True)
    part: argparse.ArgumentParser = parts.add_parser(
        "set",
        parents=[connection_options()],
        help="add a version with a value of your own",
        description=(
            "Add a version to a managed secret. The value is read from standard input, without an"
            " echo if that is a terminal, or from a file; one newline at its end is left out."
        ),
        allow_abbrev=False,
    )
    part.add_argument("keystore", metavar="NAMESPACE.KEYSTORE")
    part.add_argument("key", metavar="KEY")
    part.add_argument("--file", type=Path, help="read the value from this file")
    part.add_argument(
        "--fields",
        action="store_true",
        help='the value is a JSON object of text fields, such as {"username": …, "password": …}',
    )
    part.add_argument("--exact", action="store_true", help="keep a newline at the end")
    part.add_argument(
        "--expect-version",
        type=int,
        metavar="N",
        help="only if version N is the current one (0: only if there is none)",
    )
    part.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Prints the new version's number."""
    value = parse_value(_read(args.file), fields=args.fields, exact=args.exact)
    with admin_client(args) as client:
        answer = client.set_secret(args.keystore, args.key, value, args.expect_version)
    console.show(answer)
    return 0


def parse_value(content: bytes, *, fields: bool, exact: bool) -> str | dict[str, str]:
    """The value that the bytes stand for; raises UsageError, which never quotes them."""
    if len(content) > MAXIMUM_SECRET + 2:
        raise UsageError(f"A secret has at most {MAXIMUM_SECRET} bytes.")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UsageError(
            "A secret is UTF-8 text; encode other bytes first, as base64 say."
        ) from None
    if not fields:
        return text if exact else text.removesuffix("\n").removesuffix("\r")
    try:
        found = json.loads(text)
    except ValueError:
        raise UsageError("The value isn't JSON; leave out --fields for a plain text.") from None
    if not isinstance(found, dict) or not all(isinstance(item, str) for item in found.values()):
        raise UsageError("With --fields the value must be a JSON object whose values are texts.")
    return found


def _read(file: Path | None) -> bytes:
    if file is not None:
        try:
            return file.read_bytes()
        except OSError as error:
            raise UsageError(f"{file} can't be read: {error.strerror}.") from None
    if sys.stdin.isatty():
        return getpass.getpass("value: ").encode()
    return sys.stdin.buffer.read(MAXIMUM_SECRET + 3)
