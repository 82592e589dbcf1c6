# SPDX-License-Identifier: Apache-2.0
"""Text secrets made inside the KMS: uniform over sets that neither shell nor SQL trips over."""

import string
from enum import Enum
from typing import Final

from .errors import GenerateError
from .random import Random, system_random

MINIMUM_LENGTH: Final = 8
MAXIMUM_LENGTH: Final = 1024


class Charset(Enum):
    """The character sets by their names in the API.

    None has `'`, which can't be delivered as an environment variable (DESIGN §7). The symbols
    also leave out the double quote, backslash, backtick and space.
    """

    ALPHANUMERIC = ("Alphanumeric", string.ascii_letters + string.digits)
    ALPHANUMERIC_SYMBOLS = (
        "AlphanumericSymbols",
        string.ascii_letters + string.digits + "!#$%&()*+,-./:;<=>?@[]^_{|}~",
    )
    HEX = ("Hex", string.digits + "abcdef")
    DIGITS = ("Digits", string.digits)

    def __init__(self, label: str, characters: str) -> None:
        self.label = label
        self.characters = characters

    @classmethod
    def named(cls, label: str) -> "Charset":
        """The set with this name in the API; GenerateError for an unknown one."""
        for charset in cls:
            if charset.label == label:
                return charset
        raise GenerateError(f"no character set is named {label!r}")


def generate_text(length: int, charset: Charset, random: Random = system_random) -> str:
    """`length` characters (8 to 1024), each uniform over `charset`; GenerateError out of bounds.

    Bytes at or above the largest multiple of the set's size are drawn again, so that no character
    is likelier than another.
    """
    if not MINIMUM_LENGTH <= length <= MAXIMUM_LENGTH:
        raise GenerateError(f"a generated text has {MINIMUM_LENGTH} to {MAXIMUM_LENGTH} characters")
    characters = charset.characters
    bound = 256 - 256 % len(characters)
    chosen: list[str] = []
    while len(chosen) < length:
        drawn = random(2 * (length - len(chosen)))
        chosen.extend(characters[byte % len(characters)] for byte in drawn if byte < bound)
    return "".join(chosen[:length])
