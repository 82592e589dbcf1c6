# SPDX-License-Identifier: Apache-2.0
"""Reading the KMS's times (RFC 3339, UTC, whole seconds) without the library's calendar modules."""

import re
from typing import Final

_SHAPE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")


def seconds(text: str) -> float:
    """Seconds since 1970; raises ValueError where the text isn't `2026-11-24T23:00:00Z`."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError("no RFC 3339 time in UTC")
    year, month, day, hour, minute, second = (int(part) for part in found.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError("no such day")
    return float(_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second)


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar; years begin in March here."""
    if month <= 2:
        year -= 1
    months = (month + 9) % 12
    leap_days = year // 4 - year // 100 + year // 400
    return year * 365 + leap_days + (months * 306 + 5) // 10 + day - 1 - 719468
