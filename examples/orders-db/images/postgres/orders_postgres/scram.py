# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's stored form of a password (RFC 5802, RFC 7677).

The server is given this verifier, never the password: a statement that fails is written to its
log, and the log must not hold one.
"""

import base64
import hashlib
import hmac
from typing import Final

ITERATIONS: Final = 4096


def verifier(password: str, salt: bytes, iterations: int = ITERATIONS) -> str:
    """`SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`, as pg_authid holds it."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored = hashlib.sha256(_mac(salted, b"Client Key")).digest()
    server = _mac(salted, b"Server Key")
    return f"SCRAM-SHA-256${iterations}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
