# SPDX-License-Identifier: Apache-2.0
"""The bodies of the data plane: strict decoding at the edge, plain encoding of answers."""

from typing import Final, TypeVar

import msgspec

from skm_kms.errors import InvalidRequestError, NotSupportedError, RequestError
from skm_kms.service.secrets import SecretRead
from skm_kms.service.vault import SecretValue


class EncryptRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`plaintext` and `aad` in standard base64."""

    plaintext: bytes | None = None
    aad: bytes = b""
    items: list[msgspec.Raw] | None = None


class DecryptRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`ciphertext` and `aad` in standard base64."""

    ciphertext: bytes | None = None
    aad: bytes = b""
    items: list[msgspec.Raw] | None = None


class SetSecretRequest(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A new value, and the version it must follow."""

    value: str | dict[str, str]
    expected_version: int | None = None

    def secret(self) -> SecretValue:
        """The value as use cases take it."""
        if isinstance(self.value, str):
            return SecretValue(value=self.value)
        return SecretValue(fields=self.value)


Body = TypeVar("Body")

ENCRYPT: Final = msgspec.json.Decoder(EncryptRequest)
DECRYPT: Final = msgspec.json.Decoder(DecryptRequest)
SET_SECRET: Final = msgspec.json.Decoder(SetSecretRequest)
_encoder: Final = msgspec.json.Encoder()


def read_body(decoder: msgspec.json.Decoder[Body], body: bytes | bytearray, media: bytes) -> Body:
    """The body of a call; raises InvalidRequestError, which names a field and never a value."""
    if media != b"application/json" and not _is_json(media):
        raise RequestError("the body must be application/json", code="unsupported_media_type")
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(f"the body isn't as asked for: {error}") from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise InvalidRequestError("the body isn't JSON in UTF-8") from None


def single(name: str, value: bytes | None, items: list[msgspec.Raw] | None) -> bytes:
    """The one value of a call; lists of items come later."""
    if items is not None:
        raise NotSupportedError("items: this version takes one item a call")
    if value is None:
        raise InvalidRequestError(f"{name}: is missing")
    return value


def secret_document(read: SecretRead) -> bytes:
    """The answer to a read."""
    document: dict[str, object] = {"version": read.version}
    if read.fields is not None:
        document["fields"] = read.fields
    else:
        document["value"] = read.value
    document["maxOffline"] = read.max_offline
    document["factsMaxAge"] = read.facts_max_age
    return _encoder.encode(document)


def encode(document: object) -> bytes:
    """Any other answer; bytes become standard base64."""
    return _encoder.encode(document)


def _is_json(media: bytes) -> bool:
    return media.split(b";", 1)[0].strip().lower() == b"application/json"
