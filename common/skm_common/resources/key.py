# SPDX-License-Identifier: Apache-2.0
"""The Key resource (DESIGN §4): a managed item of user data, of one kind for ever."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from skm_common.resources import reading
from skm_common.resources.errors import NotSupportedError, ResourceError

FIELD: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
CHARSETS: Final = ("Alphanumeric", "AlphanumericSymbols", "Hex", "Digits")
SYMMETRIC: Final = ("XAES256-GCM", "AES256-GCM", "AES128-GCM", "ChaCha20-Poly1305")
KINDS: Final = ("secret", "symmetric", "asymmetric", "hmac")
MAXIMUM_SECRET: Final = 32 * 1024
"""The largest secret and the largest plaintext of encrypt and decrypt, in bytes."""


@dataclass(frozen=True, slots=True)
class FixedField:
    """A field whose text stands in the resource, such as a user name: it is no secret."""

    value: str

    def document(self) -> dict[str, Any]:
        """The field in the resource's own form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class GeneratedField:
    """A field that the KMS makes: `length` characters of `charset`, never a quote."""

    length: int = 32
    charset: str = "Alphanumeric"

    def document(self) -> dict[str, Any]:
        """The field in the resource's own form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class GeneratedSecret:
    """A secret of named fields, made inside the KMS; rotation makes the generated ones anew."""

    fields: tuple[tuple[str, FixedField | GeneratedField], ...]
    kind = "Secret"

    def document(self) -> dict[str, Any]:
        """The choice in the resource's own form."""
        return {"secret": {"generate": {name: field.document() for name, field in self.fields}}}


@dataclass(frozen=True, slots=True)
class ManagedSecret:
    """A secret that people set by `skm secret set`, API or console."""

    kind = "Secret"

    def document(self) -> dict[str, Any]:
        """The choice in the resource's own form."""
        return {"secret": {"managed": {}}}


@dataclass(frozen=True, slots=True)
class SymmetricKey:
    """A key that encrypts and decrypts and never leaves."""

    algorithm: str = "XAES256-GCM"
    kind = "Symmetric"

    def document(self) -> dict[str, Any]:
        """The choice in the resource's own form."""
        return {"symmetric": {"algorithm": self.algorithm}}


Material = GeneratedSecret | ManagedSecret | SymmetricKey


@dataclass(frozen=True, slots=True)
class KeySpec:
    """What a Key asks for."""

    keystore: str
    material: Material
    deletion_policy: str = "Retain"

    def document(self) -> dict[str, Any]:
        """The canonical form that operator and KMS compare."""
        return {
            "keystoreRef": {"name": self.keystore},
            **self.material.document(),
            "deletionPolicy": self.deletion_policy,
        }


def parse_key(spec: Mapping[str, Any]) -> KeySpec:
    """The typed form of a Key's spec; raises ResourceError or NotSupportedError."""
    reading.only(spec, "spec", (*KINDS, "keystoreRef", "rotation", "deletionPolicy"))
    _refuse_unbuilt(spec)
    policy = spec.get("deletionPolicy", "Retain")
    return KeySpec(
        keystore=parse_keystore_ref(spec),
        material=_material(spec),
        deletion_policy=reading.choice(policy, "spec.deletionPolicy", ("Retain", "Delete")),
    )


def parse_keystore_ref(spec: Mapping[str, Any]) -> str:
    """The name of the keystore that a spec refers to, in its own namespace."""
    reference = reading.mapping(spec.get("keystoreRef"), "spec.keystoreRef")
    reading.only(reference, "spec.keystoreRef", ("name",))
    return reading.label(reference.get("name"), "spec.keystoreRef.name")


def _refuse_unbuilt(spec: Mapping[str, Any]) -> None:
    for kind in ("asymmetric", "hmac"):
        if kind in spec:
            raise NotSupportedError(f"spec.{kind}")
    rotation = reading.mapping(spec.get("rotation", {}), "spec.rotation")
    reading.only(rotation, "spec.rotation", ("interval",))
    if "interval" in rotation:
        raise NotSupportedError("spec.rotation.interval")


def _material(spec: Mapping[str, Any]) -> Material:
    chosen = [kind for kind in KINDS if kind in spec]
    if len(chosen) != 1:
        raise ResourceError("spec", f"must have exactly one of {', '.join(KINDS)}")
    if chosen == ["symmetric"]:
        return _symmetric(spec["symmetric"])
    return _secret(spec["secret"])


def _symmetric(document: Any) -> SymmetricKey:
    found = reading.mapping(document, "spec.symmetric")
    reading.only(found, "spec.symmetric", ("algorithm",))
    algorithm = found.get("algorithm", "XAES256-GCM")
    field = "spec.symmetric.algorithm"
    if algorithm == "XChaCha20-Poly1305":
        raise NotSupportedError(f"{field}: {algorithm}")
    return SymmetricKey(reading.choice(algorithm, field, SYMMETRIC))


def _secret(document: Any) -> GeneratedSecret | ManagedSecret:
    found = reading.mapping(document, "spec.secret")
    reading.only(found, "spec.secret", ("generate", "managed"))
    if len(found) != 1:
        raise ResourceError("spec.secret", "must have exactly one of generate, managed")
    if "managed" in found:
        reading.only(
            reading.mapping(found["managed"], "spec.secret.managed"), "spec.secret.managed", ()
        )
        return ManagedSecret()
    return GeneratedSecret(_fields(found["generate"]))


def _fields(document: Any) -> tuple[tuple[str, FixedField | GeneratedField], ...]:
    where = "spec.secret.generate"
    found = reading.mapping(document, where)
    if not 1 <= len(found) <= 32:
        raise ResourceError(where, "must have 1 to 32 fields")
    fields = tuple((name, _field(name, found[name], f"{where}.{name}")) for name in sorted(found))
    if sum(len(name) + _size(field) for name, field in fields) > MAXIMUM_SECRET:
        raise ResourceError(where, f"names and values are together at most {MAXIMUM_SECRET} bytes")
    return fields


def _size(field: FixedField | GeneratedField) -> int:
    return field.length if isinstance(field, GeneratedField) else len(field.value.encode())


def _field(name: str, document: Any, where: str) -> FixedField | GeneratedField:
    if not FIELD.fullmatch(name) or ".." in name:
        raise ResourceError(
            where, "a field's name is at most 63 of A-Z, a-z, 0-9, '_', '.' and '-'"
        )
    found = reading.mapping(document, where)
    reading.only(found, where, ("value", "length", "charset"))
    if "value" in found:
        reading.only(found, where, ("value",))
        return FixedField(_fixed(found["value"], f"{where}.value"))
    charset = found.get("charset", "Alphanumeric")
    return GeneratedField(
        length=reading.integer(found.get("length", 32), f"{where}.length", 8, 1024),
        charset=reading.choice(charset, f"{where}.charset", CHARSETS),
    )


def _fixed(document: Any, where: str) -> str:
    """A text that fits into a file and an environment variable: UTF-8, without NUL."""
    text = reading.text(document, where, maximum=4096)
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ResourceError(where, "must be UTF-8 text without NUL")
    return text
