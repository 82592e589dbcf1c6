# SPDX-License-Identifier: Apache-2.0
"""Signed notes and verifier keys (C2SP signed-note), Ed25519 signatures only.

The signature check itself is a callable that the caller gives, so that this package needs the
standard library only.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from .errors import NoteError

MAXIMUM_NOTE: Final = 64 * 1024
MAXIMUM_SIGNATURES: Final = 32

_ED25519: Final = b"\x01"
_KEY_SIZE: Final = 32
_KEY_NAME: Final = re.compile(r"[^\s+]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")

Check = Callable[[bytes, bytes, bytes], bool]
"""`check(public_key, signature, message)`: whether an Ed25519 signature (RFC 8032) holds."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A log's name and Ed25519 public key (32 bytes), and how to check a signature."""

    name: str
    public_key: bytes
    check: Check

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that name the key in a signature line; an identifier, not a proof."""
        return key_id(self.name, self.public_key)


def key_id(name: str, public_key: bytes) -> bytes:
    """The key ID of an Ed25519 key: SHA-256 of name, newline, type and key, its first 4 bytes."""
    return sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def format_verifier_key(name: str, public_key: bytes) -> str:
    """The one-line form in which a verifier key is handed around."""
    encoded = base64.b64encode(_ED25519 + public_key).decode()
    return f"{_checked_name(name)}+{key_id(name, public_key).hex()}+{encoded}"


def parse_verifier_key(line: str, check: Check) -> Verifier:
    """A verifier from its one-line form; NoteError if it is malformed or no Ed25519 key."""
    parts = line.strip().split("+", 2)
    if len(parts) != 3:
        raise NoteError("a verifier key is name+id+key")
    name, identifier, encoded = parts
    key = _decoded(encoded)
    if len(key) != 1 + _KEY_SIZE or key[:1] != _ED25519:
        raise NoteError("the verifier key is no Ed25519 key")
    verifier = Verifier(_checked_name(name), key[1:], check)
    if verifier.key_id.hex() != identifier:
        raise NoteError("the verifier key's ID does not belong to its name and key")
    return verifier


def sign_note(text: str, name: str, public_key: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """`text` (which ends in a newline) as a note signed by one Ed25519 key."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteError("a note's text ends in a newline and has no other control character")
    signature = base64.b64encode(key_id(name, public_key) + sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {_checked_name(name)} {signature}\n".encode()


def open_note(note: bytes, verifier: Verifier) -> str:
    """The text of a note that `verifier`'s key signed; raises NoteError otherwise.

    Signatures of other keys are passed over. One of the trusted key that does not verify makes
    the whole note refused.
    """
    text, signatures = _split(note)
    found = False
    for name, identifier, signature in signatures:
        if name != verifier.name or identifier != verifier.key_id:
            continue
        if not verifier.check(verifier.public_key, signature, text.encode()):
            raise NoteError(f"the signature of {verifier.name} does not verify")
        found = True
    if not found:
        raise NoteError(f"the note is not signed by {verifier.name}")
    return text


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    if len(note) > MAXIMUM_NOTE:
        raise NoteError("the note is too large")
    try:
        decoded = note.decode()
    except UnicodeDecodeError:
        raise NoteError("the note is not UTF-8") from None
    head, separator, tail = decoded.rpartition("\n\n")
    if not separator or not tail.endswith("\n") or _CONTROL.search(decoded):
        raise NoteError("the note has no text and signatures, or has control characters")
    lines = tail[:-1].split("\n")
    if len(lines) > MAXIMUM_SIGNATURES:
        raise NoteError("the note has too many signatures")
    return head + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\N{EM DASH}":
        raise NoteError("a signature line is malformed")
    signature = _decoded(parts[2])
    if len(signature) < 5:
        raise NoteError("a signature line is malformed")
    return _checked_name(parts[1]), signature[:4], signature[4:]


def _checked_name(name: str) -> str:
    if not _KEY_NAME.fullmatch(name):
        raise NoteError("a key name is not empty and has no space and no plus sign")
    return name


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("base64 is malformed") from None
