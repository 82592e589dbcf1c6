# SPDX-License-Identifier: Apache-2.0
"""The forms that a password can take in bytes: each as a pattern to find and a thing to plant."""

import base64
import gzip
import io
import tarfile
from collections.abc import Callable
from typing import Final

import zstandard

PADDING: Final = b"before the password "
"""What stands before a planted password, so that no form begins where a file begins."""


def patterns(secret: bytes) -> dict[str, bytes]:
    """Form → the bytes that are there whenever the secret is there in this form."""
    found = {
        "raw": secret,
        "hex": secret.hex().encode(),
        "hex, capitals": secret.hex().upper().encode(),
        "URL-escaped": _each(secret, "%{:02x}"),
        "URL-escaped, capitals": _each(secret, "%{:02X}"),
        "JSON-escaped": _each(secret, "\\u{:04x}"),
        "JSON-escaped, capitals": _each(secret, "\\u{:04X}"),
        "UTF-16 little-endian": secret.decode().encode("utf-16-le"),
        "UTF-16 big-endian": secret.decode().encode("utf-16-be"),
    }
    for shift in range(3):
        for alphabet, encode in _ALPHABETS.items():
            found[f"base64 {alphabet}, shifted by {shift}"] = _base64(secret, shift, encode)
    return found


def disguises(secret: bytes) -> dict[str, bytes]:
    """Form → content that hides the secret in it; every pattern, and every container format."""
    plain = PADDING + secret
    packed = {
        "gzip": gzip.compress(plain),
        "zstd": zstandard.ZstdCompressor().compress(plain),
        "tar": _tar(plain),
        "tar in gzip": gzip.compress(_tar(plain)),
        "tar in zstd": zstandard.ZstdCompressor().compress(_tar(plain)),
        "gzip in base64": base64.b64encode(gzip.compress(plain)),
    }
    return {**{form: PADDING + pattern for form, pattern in patterns(secret).items()}, **packed}


def _each(secret: bytes, template: str) -> bytes:
    return "".join(template.format(byte) for byte in secret).encode()


def _base64(secret: bytes, shift: int, encode: Callable[[bytes], bytes]) -> bytes:
    """The characters that depend on nothing but the secret, when `shift` bytes stand before it.

    With one byte before, two characters carry parts of it; with two, three do. The last group may
    carry parts of what follows.
    """
    whole = encode(bytes(shift) + secret)
    first = (0, 2, 3)[shift]
    last = (shift + len(secret)) * 8 // 6
    return whole[first:last]


def _tar(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo("password")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


_ALPHABETS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "standard": base64.b64encode,
    "URL-safe": base64.urlsafe_b64encode,
}
