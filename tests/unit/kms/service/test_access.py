# SPDX-License-Identifier: Apache-2.0
"""The way from a peer to a key; what is stored and what lives must both allow."""

from typing import Any

import pytest
from identity_doubles import MAC, PODS, pod, uid
from kms_harness import GENERATED, key, keystore, policy
from kms_world import ADDRESS, KmsWorld, origin

from skm_common.resources import translate
from skm_kms.errors import DeniedError, NotFoundError, UndeterminedError
from skm_kms.identity import Peer
from skm_kms.service.access import Grant
from skm_kms.service.keys import put_key
from skm_kms.service.keystores import put_keystore
from skm_kms.service.policies import put_policy

STORE, KEY, POLICY = keystore("a", 501), key("k", 502, GENERATED, "a"), policy(503, store="a")


async def apply(world: KmsWorld, *documents: dict[str, Any], live: bool = True) -> None:
    """Store what resources say, and put them into the cluster."""
    makers = {"Keystore": put_keystore, "Key": put_key, "AccessPolicy": put_policy}
    for document in documents:
        if live:
            await world.live(document)
        name = () if document["kind"] == "Keystore" else (document["metadata"]["name"],)
        maker: Any = makers[document["kind"]]
        spec = translate(document).spec
        await maker(world.core, "orders.a", *name, spec, origin(document))


def grant(world: KmsWorld, peer: Peer, operation: str = "ReadSecret", name: str = "k") -> Grant:
    return world.access.grant(peer, world.access.caller(peer), "orders.a", name, operation)


def changed(document: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """The next generation of a resource."""
    meta = {**document["metadata"], "generation": document["metadata"]["generation"] + 1}
    return {**document, "metadata": meta, "spec": {**document["spec"], **spec}}


async def test_the_honest_pod_is_let_in(world: KmsWorld) -> None:
    await apply(world, STORE, KEY, POLICY)
    found = grant(world, await world.honest())
    assert (found.key.name, found.policy, found.operation) == ("k", "a-app", "ReadSecret")
    assert world.access.holds(found)


async def test_without_a_policy_there_is_no_key(world: KmsWorld) -> None:
    await apply(world, STORE, KEY)
    peer = await world.honest()
    with pytest.raises(NotFoundError) as hidden:
        grant(world, peer)
    with pytest.raises(NotFoundError) as absent:
        grant(world, peer, name="absent")
    assert (hidden.value.detail, hidden.value.check) == (absent.value.detail, absent.value.check)


async def test_an_operation_that_no_rule_names_is_denied_by_policy(world: KmsWorld) -> None:
    await apply(world, STORE, KEY, POLICY)
    with pytest.raises(DeniedError) as refused:
        grant(world, await world.honest(), "ReadMetadata")
    assert refused.value.check == "policy"


@pytest.mark.parametrize("document", [STORE, KEY, POLICY], ids=["keystore", "key", "policy"])
@pytest.mark.parametrize("how", ["gone", "going", "another", "never"])
async def test_a_resource_that_doesnt_live_grants_nothing(
    world: KmsWorld, document: dict[str, Any], how: str
) -> None:
    others = [one for one in (STORE, KEY, POLICY) if one is not document]
    await apply(world, *[one for one in (STORE, KEY, POLICY) if one is STORE or one in others])
    if document is not STORE:
        await apply(world, document, live=how != "never")
    elif how == "never":
        await world.unlive(STORE)
    peer = await world.honest()
    if how != "never":
        found = grant(world, peer)
    if how == "gone":
        await world.unlive(document)
    elif how == "going":
        going = {**document["metadata"], "deletionTimestamp": "2027-01-15T08:00:00Z"}
        await world.live({**document, "metadata": going})
    elif how == "another":
        await world.unlive(document)
        await world.live({**document, "metadata": {**document["metadata"], "uid": uid(9999)}})
    with pytest.raises(NotFoundError):
        grant(world, peer)
    if how != "never":
        assert not world.access.holds(found)


async def test_a_narrowed_live_policy_counts_before_it_is_stored(world: KmsWorld) -> None:
    await apply(world, STORE, KEY, POLICY)
    peer = await world.honest()
    rules = [{"keys": ["*"], "operations": ["Encrypt"]}]
    await world.live(changed(POLICY, rules=rules))
    with pytest.raises(DeniedError):
        grant(world, peer)
    await world.live(changed(POLICY, ipv4={"cidrs": ["192.0.2.0/24"]}))
    with pytest.raises(NotFoundError):
        grant(world, peer)


async def test_a_widened_live_policy_counts_only_once_it_is_stored(world: KmsWorld) -> None:
    await apply(world, STORE, KEY, POLICY)
    peer = await world.honest()
    wide = changed(POLICY, rules=[{"keys": ["*"], "operations": ["ReadSecret", "ReadMetadata"]}])
    await world.live(wide)
    grant(world, peer)
    with pytest.raises(DeniedError):
        grant(world, peer, "ReadMetadata")
    await apply(world, wide)
    grant(world, peer, "ReadMetadata")


async def test_a_live_policy_that_names_another_keystore_grants_nothing_here(
    world: KmsWorld,
) -> None:
    await apply(world, STORE, KEY, POLICY)
    await world.live(changed(POLICY, keystoreRef={"name": "b"}))
    with pytest.raises(NotFoundError):
        grant(world, await world.honest())


async def test_a_live_policy_that_cant_be_read_grants_nothing(world: KmsWorld) -> None:
    await apply(world, STORE, KEY, POLICY)
    await world.live(changed(POLICY, subjects=[{"client": {"name": "vm"}}]))
    with pytest.raises(NotFoundError):
        grant(world, await world.honest())


async def test_a_method_that_the_live_keystore_adds_counts_at_once(world: KmsWorld) -> None:
    await apply(world, STORE, KEY, POLICY)
    peer = await world.honest()
    methods = {"clientCertificate": {}, "ipv4": {}, "mac": {}}
    await world.live(changed(STORE, authentication=methods))
    with pytest.raises(UndeterminedError) as refused:
        grant(world, peer)
    assert refused.value.check == "mac"
    await world.cluster.report((uid(1), ADDRESS, MAC))
    grant(world, peer)


async def test_a_method_that_the_live_keystore_drops_counts_until_it_is_stored(
    world: KmsWorld,
) -> None:
    strict = keystore("a", 501, authentication={"clientCertificate": {}, "ipv4": {}, "mac": {}})
    await apply(world, strict, KEY, POLICY)
    lax = changed(strict, authentication={"clientCertificate": {}, "ipv4": {}})
    await world.live(lax)
    peer = await world.honest()
    with pytest.raises(UndeterminedError):
        grant(world, peer)
    await apply(world, lax)
    grant(world, peer)


@pytest.mark.parametrize(("space", "old"), [("orders", 601), ("kube-system", 600)])
async def test_a_keystore_of_another_place_lets_nobody_in(
    world: KmsWorld, space: str, old: int
) -> None:
    """Also a standalone one, which has no resource that could be missing."""
    for document, maker in ((STORE, put_keystore), (KEY, put_key), (POLICY, put_policy)):
        name = () if document is STORE else (document["metadata"]["name"],)
        make: Any = maker
        await make(world.core, "orders.a", *name, translate(document).spec, None)
    peer = await world.honest()
    grant(world, peer)
    world.cluster.kube.remove("/api/v1/namespaces", uid(old))
    world.namespace(space, uid(698))
    await world.settle()
    with pytest.raises(NotFoundError):
        grant(world, peer)


async def test_old_facts_are_undetermined_and_never_not_found(world: KmsWorld) -> None:
    """A refusal by facts that nobody has confirmed would wipe files."""
    await apply(world, STORE, KEY, POLICY)
    peer = await world.honest()
    caller = world.access.caller(peer)
    world.clock.advance(30)
    world.access.grant(peer, caller, "orders.a", "k", "ReadSecret")
    world.clock.advance(1)
    with pytest.raises(UndeterminedError):
        world.access.grant(peer, caller, "orders.a", "k", "ReadSecret")


async def test_old_facts_don_t_tell_which_keystores_there_are(world: KmsWorld) -> None:
    """A stranger asks while the API server is away: no difference between hidden and absent."""
    await apply(world, STORE, KEY)
    peer = await world.honest()
    caller = world.access.caller(peer)
    world.clock.advance(31)
    told = []
    for store in ("orders.a", "orders.absent"):
        with pytest.raises(UndeterminedError) as refused:
            world.access.grant(peer, caller, store, "k", "ReadSecret")
        told.append((refused.value.detail, refused.value.check, refused.value.remedy))
    assert told[0] == told[1]


async def test_a_grant_ends_with_any_news_and_with_its_time(world: KmsWorld) -> None:
    await apply(world, STORE, KEY, POLICY)
    peer = await world.honest()
    found = grant(world, peer)
    world.clock.advance(29.9)
    assert world.access.holds(found)
    world.clock.advance(0.2)
    assert not world.access.holds(found)
    await world.cluster.refresh()
    found = grant(world, peer)
    await world.cluster.change(pod(7, ip="10.244.0.77"))
    assert not world.access.holds(found)
    found = grant(world, peer)
    await put_keystore(world.core, "orders.other", found.keystore.spec, None)
    assert not world.access.holds(found)


async def test_labels_taken_away_end_access(world: KmsWorld) -> None:
    await apply(world, STORE, KEY, POLICY)
    peer = await world.honest()
    grant(world, peer)
    await world.cluster.change(pod(1, labels={"app": "rogue"}))
    with pytest.raises(NotFoundError):
        grant(world, peer)
    world.cluster.kube.remove(PODS, uid(1))
    await world.settle()
    with pytest.raises(DeniedError) as refused:
        grant(world, peer)
    assert refused.value.check == "clientCertificate"
