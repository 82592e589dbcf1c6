# SPDX-License-Identifier: Apache-2.0
"""Reading the command line, running one command, and saying what went wrong.

Exit codes: 0 done; 1 the KMS refused or a file can't be used; 2 the command line makes no sense;
3 the KMS can't be reached or can't decide now, try again; 4 the audit log doesn't verify.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from skm_client.cli import administrator, audit, init, key, keystore, policy, secret, status, whoami
from skm_client.cli.console import Console
from skm_client.errors import (
    ClientError,
    UndeterminedError,
    UnreachableError,
    UsageError,
    VerificationError,
)
from skm_common import __version__

COMMANDS: Final = (init, status, keystore, key, secret, policy, whoami, audit, administrator)
EPILOGUE: Final = """\
The KMS is found through kubectl's current context, unless --server or SKM_SERVER names it. Who you
are stands in a credentials file: --credentials or SKM_CREDENTIALS. No secret is ever taken from the
command line: values come from standard input or a file.

exit codes:
  0  done
  1  the KMS refused, or a file can't be used
  2  the command line makes no sense
  3  the KMS can't be reached or can't decide now: try again
  4  the audit log doesn't verify
"""


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    """Run one command; returns the exit code."""
    args = build_parser().parse_args(arguments)
    console = console or Console(sys.stdout, sys.stderr, as_json=getattr(args, "json", False))
    try:
        code: int = args.run(args, console)
    except ClientError as error:
        console.complain(error)
        return exit_code(error)
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def exit_code(error: ClientError) -> int:
    """The documented exit code of an error."""
    if isinstance(error, UsageError):
        return 2
    if isinstance(error, UnreachableError | UndeterminedError):
        return 3
    return 4 if isinstance(error, VerificationError) else 1


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, as `--help` tells it."""
    parser = argparse.ArgumentParser(
        prog=_program(),
        description="Administer the Secure Key Manager for Kubernetes.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"skm {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    return parser


def _program() -> str:
    # A kubectl plug-in is a program of this name, and its user typed two words.
    return "kubectl skm" if Path(sys.argv[0]).name == "kubectl-skm" else "skm"
