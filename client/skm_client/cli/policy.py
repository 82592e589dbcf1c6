# SPDX-License-Identifier: Apache-2.0
"""`skm policy list`: who may do what with the keys of a keystore."""

import argparse
from typing import Any, Final

from skm_client.cli.connection import admin_client, connection_options
from skm_client.cli.console import Column, Console

COLUMNS: Final[tuple[Column, ...]] = (
    ("POLICY", "name"),
    ("STATE", "state"),
    ("SERVICE ACCOUNTS", "accounts"),
    ("MAY", "rules"),
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
        console.show(client.policies(args.keystore), COLUMNS, _told)
    return 0


def _told(policy: dict[str, Any]) -> dict[str, Any]:
    document = policy.get("document", {})
    workloads = [subject.get("workload", {}) for subject in document.get("subjects", [])]
    rules = [
        f"{'+'.join(rule['operations'])} {'+'.join(rule['keys'])}"
        for rule in document.get("rules", [])
    ]
    return {**policy, "accounts": [_account(workload) for workload in workloads], "rules": rules}


def _account(workload: dict[str, Any]) -> str:
    labels = workload.get("podSelector", {}).get("matchLabels", {})
    chosen = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
    account = str(workload.get("serviceAccountName", "-"))
    return f"{account}[{chosen}]" if chosen else account
