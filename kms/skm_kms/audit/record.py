# SPDX-License-Identifier: Apache-2.0
"""One audit record: who asked for what, which checks passed, and how it ended."""

from typing import Final, Literal

import msgspec

Check = Literal["passed", "denied", "undetermined", "notSelected"]
Outcome = Literal["allowed", "denied", "undetermined", "failed"]


class AuditCaller(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The caller as the KMS saw it; `kind` is pod, machine, administrator, service or unknown."""

    kind: str
    name: str
    namespace: str | None = None
    service_account: str | None = None
    pod_uid: str | None = None
    pod_name: str | None = None


class AuditRecord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A record as it is hashed into the log: JSON, absent fields left out, never a secret value.

    `time` is in Unix seconds; `certificate` is the SHA-256 of the peer's certificate in hex;
    `count` is above 1 only where several like refusals were aggregated.
    """

    time: float
    request: str
    plane: str
    operation: str
    caller: AuditCaller
    address: str
    checks: dict[str, Check]
    outcome: Outcome
    keystore: str | None = None
    key: str | None = None
    version: int | None = None
    mac: str | None = None
    evidence: str | None = None
    certificate: str | None = None
    code: str | None = None
    count: int = 1

    def encode(self) -> bytes:
        """The bytes that go into the log."""
        return _ENCODER.encode(self)


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(AuditRecord)


def decode_record(entry: bytes) -> AuditRecord:
    """The record in a log entry; msgspec.ValidationError or DecodeError if it is none."""
    return _DECODER.decode(entry)
