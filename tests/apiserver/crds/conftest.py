# SPDX-License-Identifier: Apache-2.0
"""A person who creates and edits custom resources, and what the API server answers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from apiserver_harness import Answer, ApiServer, Client

from skm_common import names

PLURALS = {**names.PLURALS, "ChangeRequest": names.CHANGE_REQUESTS}
SPECS: dict[str, dict[str, Any]] = {
    "Keystore": {"authentication": {"ipv4": {}}},
    "Key": {"keystoreRef": {"name": "orders"}, "symmetric": {}},
    "AccessPolicy": {
        "keystoreRef": {"name": "orders"},
        "subjects": [{"workload": {"serviceAccountName": "orders-app"}}],
        "rules": [{"keys": ["orders-db"], "operations": ["ReadSecret"]}],
    },
    "ChangeRequest": {
        "keystoreRef": {"name": "orders"},
        "number": 1,
        "operation": "PutPolicy",
        "target": {"kind": "AccessPolicy", "name": "orders-app"},
        "requester": {"name": "somebody", "proven": False},
        "summary": "AccessPolicy orders-app would admit ServiceAccount reports.",
        "minimumApprovals": 2,
    },
}


class Person:
    """Somebody with all rights in one namespace."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client, self.namespace = client, namespace

    def path(self, kind: str, name: str = "") -> str:
        """Where objects of a kind are, or one of them."""
        base = f"/apis/{names.GROUP}/{names.VERSION}/namespaces/{self.namespace}"
        return f"{base}/{PLURALS[kind]}/{name}".rstrip("/")

    def create(self, kind: str, name: str = "thing", **changes: Any) -> Answer:
        """Creates the simplest object of a kind, with changes to its spec; None leaves one out."""
        spec = {
            key: value for key, value in {**SPECS[kind], **changes}.items() if value is not None
        }
        document = {
            "apiVersion": names.API_VERSION,
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }
        return self.client.create(self.path(kind) + "?fieldValidation=Strict", document)

    def edit(self, kind: str, changes: dict[str, Any], name: str = "thing") -> Answer:
        """Merges changes into the spec."""
        return self.client.patch(self.path(kind, name), {"spec": changes})


@pytest.fixture
def person(crds: ApiServer, namespace: str) -> Iterator[Person]:
    """Leaves nothing behind: the operator's suite reconciles whatever it finds."""
    person = Person(crds.admin, namespace)
    yield person
    for kind in PLURALS:
        assert person.client.delete(person.path(kind)).status == 200


Refuses = Callable[[Answer, str, str], None]


@pytest.fixture
def refuses() -> Refuses:
    """Asserts that an answer refuses, at this field, with these words."""

    def check(answer: Answer, field: str, words: str) -> None:
        assert answer.status == 422, (answer.status, answer.message)
        causes = answer.body["details"].get("causes", [])
        told = {cause.get("field", ""): cause["message"] for cause in causes}
        assert field in told, told
        every = " ".join(cause["message"] for cause in causes if cause.get("field") == field)
        assert words in every, every

    return check
