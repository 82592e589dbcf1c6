# SPDX-License-Identifier: Apache-2.0
"""What a text secret may be (DESIGN §4): one UTF-8 string, or an object of string fields."""

from skm_common.resources import MAXIMUM_SECRET
from skm_common.resources.key import FIELD
from skm_kms.errors import InvalidRequestError, TooLargeError

from .vault import SecretValue

MAXIMUM_FIELDS = 32


def check_secret(secret: SecretValue) -> None:
    """Raises InvalidRequestError or TooLargeError, which name the field and never the value."""
    if (secret.value is None) == (secret.fields is None):
        raise InvalidRequestError("value: must be a text or an object of texts")
    if secret.value is not None:
        total = _size("value", secret.value)
    else:
        total = _check_fields(dict(secret.fields or {}))
    if total > MAXIMUM_SECRET:
        raise TooLargeError(f"value: at most {MAXIMUM_SECRET} bytes of UTF-8 in all")


def _check_fields(fields: dict[str, str]) -> int:
    if not 1 <= len(fields) <= MAXIMUM_FIELDS:
        raise InvalidRequestError(f"value: must have 1 to {MAXIMUM_FIELDS} fields")
    for name in fields:
        if not FIELD.fullmatch(name) or ".." in name:
            raise InvalidRequestError(
                "value: a field's name is at most 63 of A-Z, a-z, 0-9, '_', '.' and '-'"
            )
    return sum(len(name) + _size(f"value.{name}", text) for name, text in fields.items())


def _size(where: str, text: str) -> int:
    if not text:
        raise InvalidRequestError(f"{where}: must not be empty")
    if "\0" in text:
        raise InvalidRequestError(f"{where}: must not hold NUL")
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InvalidRequestError(f"{where}: must be valid UTF-8") from None
