# SPDX-License-Identifier: Apache-2.0
"""Reading a live audit log over the admin plane, and checking the signatures of its heads."""

import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skm_client.admin import AdminClient
from skm_client.errors import ProblemError, UsageError, VerificationError
from skm_common.tlog import (
    CHECKPOINT_PATH,
    Checkpoint,
    Read,
    TlogError,
    Verifier,
    bundles_of,
    open_checkpoint,
    parse_verifier_key,
    split_entries,
)


def verifier(line: str) -> Verifier:
    """The verifier of a log from its one-line key; raises UsageError."""
    try:
        return parse_verifier_key(line, _check)
    except TlogError as error:
        raise UsageError(f"This is no verifier key of an audit log: {error}.") from None


def read_known_head(path: Path, key: Verifier) -> Checkpoint:
    """A head that was kept outside; raises VerificationError if the log's key never signed it."""
    try:
        return open_checkpoint(path.read_bytes(), key)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.") from None
    except TlogError as error:
        raise VerificationError(f"The known head in {path} isn't of this log: {error}.") from None


def log_reader(client: AdminClient, log: str) -> Read:
    """Reads the parts of a live log; its head is read once, since the log goes on growing."""
    head: list[bytes] = []

    def read(path: str) -> bytes | None:
        if path == CHECKPOINT_PATH and head:
            return head[0]
        try:
            part = client.audit_part(log, path)
        except ProblemError as error:
            if error.problem.status == 404:
                return None
            raise
        if path == CHECKPOINT_PATH:
            head.append(part)
        return part

    return read


def newest_records(client: AdminClient, log: str, count: int) -> list[dict[str, Any]]:
    """The last `count` records under the log's head; unverified, for reading along."""
    read = log_reader(client, log)
    note = read(CHECKPOINT_PATH) or b""
    size = int(note.split(b"\n")[1]) if note.count(b"\n") > 2 else 0
    records: list[dict[str, Any]] = []
    for bundle in reversed(list(bundles_of(size))):
        if len(records) >= count:
            break
        found = [json.loads(entry) for entry in split_entries(read(bundle.path()) or b"")]
        records = [*found, *records]
    return records[-count:] if count > 0 else []


def _check(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
