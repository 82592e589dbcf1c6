# SPDX-License-Identifier: Apache-2.0
"""One KMS for each way in: hot calls answered in the protocol, and the same calls by ASGI."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kms_harness import (
    GENERATED,
    MANAGED,
    SYMMETRIC,
    Client,
    Installation,
    key,
    keystore,
    policy,
)


def begin(installation: Installation) -> Installation:
    """A started KMS with keystore orders, one key of each kind, and a policy for orders-app."""
    installation.prepare()
    installation.start()
    documents = (
        keystore(),
        key("orders-db", 510, GENERATED),
        key("enc", 511, SYMMETRIC),
        key("managed", 512, MANAGED),
        policy(),
    )
    for document in documents:
        answer = installation.apply(document)
        assert answer.status == 200, answer.body
    return installation


def room(installation: Installation, name: str, number: int) -> dict[str, Any]:
    """A keystore of one test's own with key `db`, and the policy, which the test may change."""
    rules = policy(number + 2, store=name)
    for document in (keystore(name, number), key(f"{name}-db", number + 1, GENERATED, name), rules):
        answer = installation.apply(document)
        assert answer.status == 200, answer.body
    return rules


def next_generation(document: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """The next generation of a resource."""
    meta = {**document["metadata"], "generation": document["metadata"]["generation"] + 1}
    return {**document, "metadata": meta, "spec": {**document["spec"], **spec}}


@pytest.fixture(scope="session", params=["hot", "asgi"])
def kms(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """The KMS by each way in; shared, so a test leaves it as it was."""
    way = request.param
    settings = {"HOT_PATH": "true" if way == "hot" else "false"}
    installation = Installation(tmp_path_factory.mktemp(way) / "kms", settings)
    try:
        yield begin(installation)
    finally:
        installation.stop()


@pytest.fixture(scope="session")
def pem(kms: Installation) -> str:
    """The honest pod's session certificate and key."""
    return kms.session_pem()


@pytest.fixture
def honest(kms: Installation, pem: str) -> Iterator[Client]:
    """The honest pod on a connection of its own."""
    client = kms.client("data", "127.0.0.5", pem)
    yield client
    client.close()


@pytest.fixture(scope="session")
def ada(kms: Installation) -> Client:
    """The first administrator."""
    return kms.administrator()


@pytest.fixture(scope="session")
def make_room() -> Callable[[Installation, str, int], dict[str, Any]]:
    """A keystore of one test's own; gives its policy."""
    return room


@pytest.fixture(scope="session")
def changed() -> Callable[..., dict[str, Any]]:
    """The next generation of a resource, with another spec."""
    return next_generation


@pytest.fixture
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A KMS of one's own, prepared and not started."""
    installation = Installation(tmp_path_factory.mktemp("alone") / "kms")
    installation.prepare()
    try:
        yield installation
    finally:
        installation.stop()
