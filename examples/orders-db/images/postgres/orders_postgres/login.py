# SPDX-License-Identifier: Apache-2.0
"""The files that the agent keeps in the pod: who may log in, to which database, by what."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FILES: Final = Path("/run/secrets/skm/orders-db")


@dataclass(frozen=True, slots=True)
class Login:
    """One version of the connection information; the password stays out of every repr."""

    username: str
    database: str
    password: str = field(repr=False)


def read_login(files: Path = FILES) -> Login | None:
    """The files' content; None while one is missing, or two versions would be mixed.

    The agent replaces the set at once, by a link: reading through one resolved directory sees one
    version only.
    """
    try:
        found = files.resolve(strict=True)
        return Login(
            username=(found / "username").read_text(),
            database=(found / "database").read_text(),
            password=(found / "password").read_text(),
        )
    except FileNotFoundError:
        return None
