# SPDX-License-Identifier: Apache-2.0
"""The connection information in the files that the agent keeps in this pod."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FILES: Final = Path("/run/secrets/skm/orders-db")


@dataclass(frozen=True, slots=True)
class Login:
    """One version of it; the password stays out of every repr."""

    username: str
    database: str
    password: str = field(repr=False)


def read_login(files: Path = FILES) -> Login | None:
    """The files' content, of one version; None while there is none."""
    try:
        found = files.resolve(strict=True)
        return Login(
            username=(found / "username").read_text(),
            database=(found / "database").read_text(),
            password=(found / "password").read_text(),
        )
    except FileNotFoundError:
        return None
