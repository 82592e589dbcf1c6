# SPDX-License-Identifier: Apache-2.0
"""The state in memory: typed maps with the look-ups that use cases need, and nothing else."""

from collections.abc import Iterable
from typing import Any

from skm_kms.model import (
    Administrator,
    Authority,
    Key,
    KeyId,
    Keystore,
    KeystoreId,
    KeyVersion,
    Policy,
    Record,
    SessionRecord,
)


class Tables:
    """Every record by ID, and by the names callers use; one event loop reads and writes it."""

    def __init__(self) -> None:
        self.administrators: dict[str, Administrator] = {}
        self.authorities: dict[str, Authority] = {}
        self.sessions: dict[str, SessionRecord] = {}
        self._keystores: dict[str, Keystore] = {}
        self._keys: dict[str, Key] = {}
        self._policies: dict[str, Policy] = {}
        self._versions: dict[KeyId, dict[int, KeyVersion]] = {}
        self._keystore_names: dict[str, KeystoreId] = {}
        self._key_names: dict[KeystoreId, dict[str, KeyId]] = {}
        self._policy_names: dict[KeystoreId, dict[str, str]] = {}
        self._maps: dict[str, dict[str, Any]] = {
            Administrator.table: self.administrators,
            Authority.table: self.authorities,
            Keystore.table: self._keystores,
            Key.table: self._keys,
            Policy.table: self._policies,
            SessionRecord.table: self.sessions,
        }
        """By table, whatever is kept by ID alone: all but versions."""

    def keystore(self, name: str) -> Keystore | None:
        """The keystore called `<namespace>.<name>`."""
        return self._keystores.get(self._keystore_names.get(name, ""))

    def keystore_by_id(self, keystore_id: KeystoreId) -> Keystore | None:
        """The keystore of an ID."""
        return self._keystores.get(keystore_id)

    def keystores(self) -> list[Keystore]:
        """All keystores, by name."""
        return sorted(self._keystores.values(), key=lambda keystore: keystore.name)

    def key(self, keystore_id: KeystoreId, name: str) -> Key | None:
        """The key of that name in a keystore."""
        found = self._key_names.get(keystore_id, {}).get(name, "")
        return self._keys.get(found)

    def key_by_id(self, key_id: KeyId) -> Key | None:
        """The key of an ID."""
        return self._keys.get(key_id)

    def keys(self, keystore_id: KeystoreId) -> list[Key]:
        """The keys of a keystore, by name."""
        names = self._key_names.get(keystore_id, {})
        return [self._keys[names[name]] for name in sorted(names)]

    def all_keys(self) -> Iterable[Key]:
        """The keys of all keystores."""
        return self._keys.values()

    def versions(self, key_id: KeyId) -> dict[int, KeyVersion]:
        """The versions of a key by number."""
        return self._versions.get(key_id, {})

    def policy(self, keystore_id: KeystoreId, name: str) -> Policy | None:
        """The policy of that name of a keystore."""
        found = self._policy_names.get(keystore_id, {}).get(name, "")
        return self._policies.get(found)

    def policies(self, keystore_id: KeystoreId) -> list[Policy]:
        """The policies of a keystore, by name."""
        names = self._policy_names.get(keystore_id, {})
        return [self._policies[names[name]] for name in sorted(names)]

    def current(self, record: Record) -> Record | None:
        """What stands now where this record belongs."""
        if isinstance(record, KeyVersion):
            return self.versions(record.key_id).get(record.number)
        return self._maps[record.table].get(record.id)

    def records(self) -> Iterable[Record]:
        """Every record of every table."""
        yield from self.administrators.values()
        yield from self.authorities.values()
        yield from self.sessions.values()
        yield from self._keystores.values()
        yield from self._keys.values()
        yield from self._policies.values()
        for versions in self._versions.values():
            yield from versions.values()

    def put(self, record: Record) -> None:
        """Take a record over; a name belongs to whoever was put last."""
        match record:
            case Keystore():
                self._keystore_names[record.name] = record.id
            case Key():
                self._key_names.setdefault(record.keystore_id, {})[record.name] = record.id
            case Policy():
                self._policy_names.setdefault(record.keystore_id, {})[record.name] = record.id
            case KeyVersion():
                self._versions.setdefault(record.key_id, {})[record.number] = record
                return
            case _:
                pass
        self._maps[record.table][record.id] = record

    def remove(self, record: Record) -> None:
        """Forget a record and its name."""
        match record:
            case Keystore():
                del self._keystore_names[record.name]
            case Key():
                del self._key_names[record.keystore_id][record.name]
            case Policy():
                del self._policy_names[record.keystore_id][record.name]
            case KeyVersion():
                del self._versions[record.key_id][record.number]
                return
            case _:
                pass
        del self._maps[record.table][record.id]
