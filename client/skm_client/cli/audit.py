# SPDX-License-Identifier: Apache-2.0
"""`skm audit`: verify the KMS's audit logs, or print their newest records."""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from skm_client.audit import log_reader, newest_records, read_known_head, verifier
from skm_client.cli.connection import admin_client, connection_options
from skm_client.cli.console import Column, Console
from skm_client.errors import UsageError, VerificationError
from skm_common.tlog import Read, Report, Verifier, directory_reader, verify_log

COLUMNS: Final[tuple[Column, ...]] = (
    ("TIME", "time"),
    ("OUTCOME", "outcome"),
    ("OPERATION", "operation"),
    ("KEYSTORE", "keystore"),
    ("KEY", "key"),
    ("CALLER", "caller.name"),
    ("ADDRESS", "address"),
    ("CODE", "code"),
)


def add(commands: Any) -> None:
    """Add the command and its parts to the command line."""
    parser = commands.add_parser("audit", help="verify or print the audit logs")
    parts = parser.add_subparsers(metavar="ACTION", required=True)
    _verify(parts)
    part: argparse.ArgumentParser = parts.add_parser(
        "tail", parents=[connection_options()], help="print the newest records", allow_abbrev=False
    )
    part.add_argument("--lines", type=int, default=20, metavar="N", help="how many (%(default)s)")
    part.add_argument("--log", metavar="NAME", help="only this log; default: every log")
    part.set_defaults(run=tail)


def _verify(parts: Any) -> None:
    part: argparse.ArgumentParser = parts.add_parser(
        "verify",
        parents=[connection_options()],
        help="prove that no record was changed, moved or removed",
        description=(
            "Rebuild each log's Merkle tree from its records and compare it with the signed"
            " head. Only a head kept elsewhere shows a log that was cut back or signed anew:"
            " save it there (--save-head), and give it next time (--known-head)."
        ),
        allow_abbrev=False,
    )
    part.add_argument("--log", metavar="NAME", help="only this log; default: every log")
    part.add_argument("--directory", type=Path, help="a copy of one log instead of the live KMS")
    part.add_argument("--key", type=Path, metavar="FILE", help="the verifier key you have kept")
    part.add_argument("--known-head", type=Path, metavar="FILE", help="a head kept from before")
    part.add_argument("--save-head", type=Path, metavar="FILE", help="write the verified head here")
    part.set_defaults(run=verify)


def verify(args: argparse.Namespace, console: Console) -> int:
    """Exit code 4, and what was done where, if a log doesn't hold."""
    reports = {}
    for name, read, key in _logs(args):
        known = None if args.known_head is None else read_known_head(args.known_head, key)
        reports[name] = verify_log(read, key, known)
        if args.save_head is not None and reports[name].intact:
            args.save_head.write_bytes(read("checkpoint") or b"")
    for name, report in reports.items():
        console.show(_row(name, report))
    broken = [name for name, report in reports.items() if not report.intact]
    if broken:
        raise VerificationError(f"These logs don't verify: {', '.join(broken)}.")
    return 0


def _logs(args: argparse.Namespace) -> Iterator[tuple[str, Read, Verifier]]:
    if args.directory is not None:
        if args.key is None:
            raise UsageError("With --directory give the verifier key: --key FILE.")
        yield args.directory.name, directory_reader(args.directory), verifier(args.key.read_text())
        return
    with admin_client(args) as client:
        for log in client.audit_logs():
            if args.log in (None, log["name"]):
                line = args.key.read_text() if args.key else client.audit_key(log["name"])
                yield log["name"], log_reader(client, log["name"]), verifier(line)


def _row(name: str, report: Report) -> dict[str, Any]:
    return {
        "log": name,
        "records": report.size,
        "vouched": report.vouched,
        "witnessed": report.witnessed,
        "findings": [str(finding) for finding in report.findings],
    }


def tail(args: argparse.Namespace, console: Console) -> int:
    """The newest records of each log, oldest first; with --json one record a line."""
    with admin_client(args) as client:
        for log in client.audit_logs():
            if args.log in (None, log["name"]):
                records = newest_records(client, log["name"], args.lines)
                if console.as_json:
                    for record in records:
                        print(json.dumps(record, sort_keys=True), file=console.out)
                else:
                    console.show(records, COLUMNS, _told)
    return 0


def _told(record: dict[str, Any]) -> dict[str, Any]:
    moment = record.get("time")
    if not isinstance(moment, int | float):
        return record
    when = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return {**record, "time": when.replace("+00:00", "Z")}
