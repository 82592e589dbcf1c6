# SPDX-License-Identifier: Apache-2.0
"""Reading, encrypting, policies, people, sessions, authorities: what each refuses and keeps."""

from dataclasses import replace

import pytest
from identity_doubles import make_csr, presented
from kms_harness import GENERATED, MANAGED, SYMMETRIC, key, keystore, policy
from kms_world import KmsWorld, origin

from skm_common.resources import AccessPolicySpec, KeySpec, KeystoreSpec, translate
from skm_kms.crypto import SealError
from skm_kms.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    SessionEndedError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
)
from skm_kms.identity import Peer, Purpose, Session
from skm_kms.identity.administrator_certificate import issue_administrator_certificate
from skm_kms.model import Key
from skm_kms.service.access import Grant
from skm_kms.service.administrators import (
    AdminCaller,
    add_administrator,
    known_administrator,
    remove_administrator,
)
from skm_kms.service.authorities import ensure_authorities
from skm_kms.service.conditions import key_conditions, keystore_conditions, state_of
from skm_kms.service.cryptography import decrypt, encrypt
from skm_kms.service.keys import put_key, rotate_key, set_secret
from skm_kms.service.keystores import put_keystore
from skm_kms.service.late import LateState
from skm_kms.service.policies import put_policy, remove_policy
from skm_kms.service.secrets import read_secret
from skm_kms.service.vault import NonceSource, SecretValue

STORE = keystore("a", 501, maxOffline="24h")


async def granted(world: KmsWorld, material: dict[str, object], operation: str) -> Grant:
    """A grant for the honest pod on a key of that material."""
    makers = (
        (STORE, put_keystore),
        (key("k", 502, material, "a"), put_key),
        (policy(503, store="a"), put_policy),
    )
    for document, maker in makers:
        await world.live(document)
        name = () if document is STORE else (document["metadata"]["name"],)
        await maker(world.core, "orders.a", *name, translate(document).spec, origin(document))  # type: ignore[operator]
    peer = await world.honest()
    return world.access.grant(peer, world.access.caller(peer), "orders.a", "k", operation)


def current(world: KmsWorld, grant: Grant) -> Grant:
    """The same grant with its key as it is now."""
    found = world.state.tables.key_by_id(grant.key.id)
    assert isinstance(found, Key)
    return replace(grant, key=found)


async def test_a_read_says_how_long_it_may_be_kept(world: KmsWorld) -> None:
    grant = await granted(world, GENERATED, "ReadSecret")
    read = read_secret(world.state, world.core.vault, grant, None, None)
    assert (read.version, read.max_offline, read.facts_max_age) == (1, 86400, 30)
    assert dict(read.fields or {})["username"] == "orders"
    assert "orders" not in repr(read)


async def test_a_plain_secret_has_no_fields(world: KmsWorld) -> None:
    grant = await granted(world, MANAGED, "ReadSecret")
    with pytest.raises(NotFoundError, match="no value yet"):
        read_secret(world.state, world.core.vault, grant, None, None)
    await set_secret(world.core, grant.key.id, SecretValue("plain"), None)
    grant = current(world, grant)
    assert read_secret(world.state, world.core.vault, grant, None, None).value == "plain"
    with pytest.raises(NotFoundError, match="no such field"):
        read_secret(world.state, world.core.vault, grant, None, "plain")


@pytest.mark.parametrize(
    "algorithm", ["XAES256-GCM", "AES256-GCM", "AES128-GCM", "ChaCha20-Poly1305"]
)
async def test_every_algorithm_opens_what_it_closed(world: KmsWorld, algorithm: str) -> None:
    grant = await granted(world, {"symmetric": {"algorithm": algorithm}}, "Encrypt")
    vault = world.core.vault
    sealed, number = encrypt(world.state, vault, grant, b"data", b"aad")
    await rotate_key(world.core, grant.key.id)
    assert decrypt(world.state, vault, current(world, grant), sealed, b"aad") == (b"data", number)
    assert encrypt(world.state, vault, grant, b"data", b"") != (sealed, number)


async def test_a_ciphertext_opens_under_its_own_key_only(world: KmsWorld) -> None:
    grant = await granted(world, SYMMETRIC, "Encrypt")
    sealed, _ = encrypt(world.state, world.core.vault, grant, b"data", b"")
    spec = translate(key("k2", 504, SYMMETRIC, "a")).spec
    assert isinstance(spec, KeySpec)
    other = await put_key(world.core, "orders.a", "k2", spec, None)
    for broken in (sealed[:-1], sealed[:5], b"x", sealed[:2] + b"\0\0\0\x09" + sealed[6:]):
        with pytest.raises(InvalidRequestError) as refused:
            decrypt(world.state, world.core.vault, grant, broken, b"")
        assert "can't be decrypted" in refused.value.detail
    with pytest.raises(InvalidRequestError, match="can't be decrypted"):
        decrypt(world.state, world.core.vault, replace(grant, key=other), sealed, b"")


@pytest.mark.parametrize(("size", "aad"), [(32769, 0), (1, 8193)])
async def test_sizes_are_bounded(world: KmsWorld, size: int, aad: int) -> None:
    grant = await granted(world, SYMMETRIC, "Encrypt")
    with pytest.raises(TooLargeError):
        encrypt(world.state, world.core.vault, grant, bytes(size), bytes(aad))
    encrypt(world.state, world.core.vault, grant, bytes(size - (size > 1)), bytes(aad - (aad > 0)))


async def test_material_belongs_to_its_version(world: KmsWorld) -> None:
    """A sealed value that is moved to another version or key doesn't open."""
    grant = await granted(world, MANAGED, "ReadSecret")
    await set_secret(world.core, grant.key.id, SecretValue("one"), None)
    await set_secret(world.core, grant.key.id, SecretValue("two"), None)
    versions = world.state.tables.versions(grant.key.id)
    with pytest.raises(SealError):
        world.core.vault.open_secret(replace(versions[2], sealed=versions[1].sealed))


def test_no_nonce_is_given_twice() -> None:
    drawn = iter(range(10_000))
    source = NonceSource(lambda size: b"".join(next(drawn).to_bytes(4) for _ in range(size // 4)))
    given = [source(24) for _ in range(1000)]
    assert len(set(given)) == 1000
    assert all(len(nonce) == 24 for nonce in given)
    assert len(source(8192)) == 8192


async def test_a_policy_that_names_another_keystore_moves(world: KmsWorld) -> None:
    for name in ("a", "b"):
        spec = translate(keystore(name, 500)).spec
        assert isinstance(spec, KeystoreSpec)
        await put_keystore(world.core, f"orders.{name}", spec, None)
    document = policy(503, store="a")
    spec = translate(document).spec
    assert isinstance(spec, AccessPolicySpec)
    first = await put_policy(world.core, "orders.a", "app", spec, origin(document))
    assert await put_policy(world.core, "orders.a", "app", spec, origin(document)) == first
    moved = replace(spec, keystore="b")
    await put_policy(world.core, "orders.b", "app", moved, origin(document))
    store = world.state.tables.keystore("orders.a")
    assert store is not None
    assert world.state.tables.policies(store.id) == []
    with pytest.raises(ConflictError):
        await remove_policy(world.core, "orders.b", "app")
    await put_policy(world.core, "orders.a", "own", spec, None)
    await remove_policy(world.core, "orders.a", "own")
    with pytest.raises(NotFoundError):
        await remove_policy(world.core, "orders.a", "own")


def issue(world: KmsWorld, name: str = "ada", lifetime: float = 100.0):  # type: ignore[no-untyped-def]
    _, csr = make_csr()
    authority = world.authorities[Purpose.ADMINISTRATORS]
    return issue_administrator_certificate(
        authority, csr, name, lifetime=lifetime, now=world.clock.now()
    )


async def test_a_certificate_without_its_row_proves_nothing(world: KmsWorld) -> None:
    issued = issue(world)
    peer = Peer("local", presented(issued.pem))
    with pytest.raises(UnauthenticatedError):
        known_administrator(world.core, peer)
    await add_administrator(world.core, "ada", "administrator", issued, first=True)
    assert known_administrator(world.core, peer).role == "administrator"
    with pytest.raises(UnauthenticatedError):
        known_administrator(world.core, Peer("local"))
    other = Peer("local", presented(issue(world).pem))
    with pytest.raises(UnauthenticatedError):
        known_administrator(world.core, other)
    world.clock.advance(101)
    with pytest.raises(SessionEndedError):
        known_administrator(world.core, peer)


async def test_the_first_is_made_once_and_the_last_stays(world: KmsWorld) -> None:
    await add_administrator(world.core, "ada", "administrator", issue(world), first=True)
    with pytest.raises(ConflictError):
        await add_administrator(world.core, "eve", "administrator", issue(world), first=True)
    await add_administrator(world.core, "audrey", "auditor", issue(world))
    with pytest.raises(ConflictError, match="last administrator"):
        await remove_administrator(world.core, "ada")
    await add_administrator(world.core, "bob", "administrator", issue(world))
    await remove_administrator(world.core, "ada")
    with pytest.raises(NotFoundError):
        await remove_administrator(world.core, "ada")


@pytest.mark.parametrize(
    ("name", "role"), [("", "auditor"), ("A", "auditor"), ("a" * 64, "auditor"), ("a", "operator")]
)
async def test_names_and_roles_are_checked(world: KmsWorld, name: str, role: str) -> None:
    with pytest.raises(InvalidRequestError):
        await add_administrator(world.core, name, role, issue(world))


def test_a_role_allows_what_it_says() -> None:
    caller = AdminCaller("administrator", "audrey", "auditor")
    caller.must_be("administrator", "auditor")
    with pytest.raises(ForbiddenError):
        caller.must_be("administrator")


async def test_sessions_are_durable_and_pruned_when_they_ended(world: KmsWorld) -> None:
    now = world.clock.now()
    one = Session("u1", "orders", "sa", "p1", "n", "k1", now, now + 10)
    revoked = replace(one, uid="u2", revoked=True)
    for session in (one, revoked):
        await world.sessions.put(session)
    await world.sessions.put(replace(one, key="k2"))
    world.reopen()
    assert world.sessions.get("u1") == replace(one, key="k2")
    assert await world.sessions.prune() == 0
    world.clock.advance(11)
    assert await world.sessions.prune() == 1
    assert (world.sessions.get("u1"), world.sessions.get("u2")) == (None, revoked)


async def test_before_unlocking_nobody_has_a_session() -> None:
    late = LateState()
    with pytest.raises(UnavailableError):
        late.get("uid")
    with pytest.raises(UnavailableError):
        late.session_authorities()


async def test_authorities_are_made_once_and_kept_sealed(world: KmsWorld) -> None:
    again = await ensure_authorities(world.state, world.clock)
    assert {p: a.identifier for p, a in again.items()} == {
        p: a.identifier for p, a in world.authorities.items()
    }
    assert len({authority.identifier for authority in again.values()}) == 4
    world.reopen()
    reopened = await ensure_authorities(world.state, world.clock)
    assert reopened[Purpose.SESSIONS].identifier == again[Purpose.SESSIONS].identifier
    for row in world.store.load():
        assert b"PRIVATE" not in row.body


async def test_conditions_say_what_to_do(world: KmsWorld) -> None:
    strict = keystore("a", 501, authentication={"mac": {}})
    spec = translate(strict).spec
    assert isinstance(spec, KeystoreSpec)
    store = await put_keystore(world.core, "orders.a", spec, origin(strict))
    found = keystore_conditions(world.core, store)
    assert [(c.status, c.reason) for c in found] == [("False", "EvidenceUnavailable")]
    assert "node agent" in found[0].message
    await world.cluster.report()
    assert keystore_conditions(world.core, store) == ()
    ending = replace(store, destroy_at=world.clock.now())
    assert keystore_conditions(world.core, ending)[0].reason == "PendingDestruction"
    assert state_of(ending) == "PendingDestruction"
    orphan = replace(store, orphaned=True)
    assert (state_of(orphan), keystore_conditions(world.core, orphan)[0].reason) == (
        "Orphaned",
        "Orphaned",
    )
    moved = replace(store, binding=replace(store.binding, namespace="old"))
    assert "skm keystore adopt" in keystore_conditions(world.core, moved)[0].message
    spec_ = translate(key("k", 502, MANAGED, "a")).spec
    assert isinstance(spec_, KeySpec)
    empty = await put_key(world.core, "orders.a", "k", spec_, None)
    assert key_conditions(empty)[0].reason == "NoValue"
