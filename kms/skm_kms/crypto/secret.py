# SPDX-License-Identifier: Apache-2.0
"""A wrapper that keeps secret bytes out of logs, errors and tracebacks."""

import hmac
from typing import Final, NoReturn, final

_REDACTED: Final = "Secret(redacted)"


@final
class Secret:
    """Bytes that show themselves only when asked by name.

    Its `repr`, `str` and `format` are redacted, it does not pickle or hash, and equality takes
    the same time wherever the bytes differ. It does not wipe memory: Python can't.
    """

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The bytes themselves: for the line that uses them, never for a variable that lives on."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    def __repr__(self) -> str:
        return _REDACTED

    def __str__(self) -> str:
        return _REDACTED

    def __format__(self, spec: str) -> str:
        return _REDACTED

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")
