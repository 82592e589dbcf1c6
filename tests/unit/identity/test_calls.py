# SPDX-License-Identifier: Apache-2.0
"""A pod from its first certificate on: sessions, renewals, and what each call is checked for."""

import asyncio

import pytest
from identity_doubles import ADDRESS, MAC, NOW, PODS, make_csr, node_agent, presented, uid
from identity_doubles import pod as make_pod

from skm_common.resources import Authentication, MacMethod
from skm_kms.errors import (
    DeniedError,
    InvalidRequestError,
    SessionEndedError,
    UnauthenticatedError,
    UndeterminedError,
)
from skm_kms.identity import Authority, Check, Outcome, Peer, Purpose, new_authority, words
from skm_kms.identity.evidence import STALE_SECONDS

PLAIN = Authentication(client_certificate=True, ipv4=True, mac=None)
WITH_MAC = Authentication(client_certificate=True, ipv4=True, mac=MacMethod())


async def bootstrap(world, key=None, address=ADDRESS, token="pod"):
    key, csr = make_csr(key)
    issued = await world.identity.issue(Peer(address), token, csr)
    return issued, key, Peer(address, presented(issued.certificate))


async def renew(world, peer, key):
    issued = await world.identity.issue(peer, None, make_csr(key)[1])
    return issued, Peer(peer.address, presented(issued.certificate))


def admit(world, peer, authentication=PLAIN, facts_max_age=30.0, on_termination="Drain"):
    return world.identity.admit(peer, authentication, facts_max_age, on_termination=on_termination)


def refused(world, peer, reason, *arguments, **options):
    kind = DeniedError if reason.outcome == "denied" else UndeterminedError
    with pytest.raises(SessionEndedError if reason.ends_session else kind) as caught:
        admit(world, peer, *arguments, **options)
    assert caught.value.detail == reason.why


async def test_the_honest_pod_is_admitted(world):
    await world.report((uid(1), ADDRESS, MAC))
    issued, _, peer = await bootstrap(world)
    admission = admit(world, peer, WITH_MAC)
    assert not (issued.takeover)
    assert not (issued.renewal)
    assert (issued.mac, issued.evidence) == (MAC, "NodeAttested")
    assert admission.caller.name == "orders/orders-1"
    assert admission.caller.pod_uid == uid(1)
    assert admission.caller.facts().workload.created_labels == {"app": "orders"}
    assert admission.checks == dict.fromkeys(Check, Outcome.PASSED)
    assert (admission.mac, admission.evidence) == (MAC, "NodeAttested")


async def test_without_evidence_a_session_is_issued_but_names_no_mac(world):
    issued, _, peer = await bootstrap(world)
    assert peer.certificate.binding.mac is None
    assert issued.mac is None
    assert admit(world, peer).checks[Check.MAC] is Outcome.NOT_SELECTED
    refused(world, peer, words.MAC_NODE_SILENT, WITH_MAC)


async def test_a_mac_that_is_attested_behind_another_address_is_not_recorded(world):
    await world.report((uid(1), "10.244.0.77", MAC))
    _, _, peer = await bootstrap(world)
    assert peer.certificate.binding.mac is None


async def test_a_pod_without_a_record_of_its_labels_gets_no_identity(world):
    for record in ({}, {"skm.dev/created-labels": "no json"}):
        await world.change(make_pod(annotations=record))
        with pytest.raises(DeniedError) as caught:
            await bootstrap(world)
        assert caught.value.detail == words.POD_UNRECORDED.why
    assert world.rows.sessions == {}


async def test_a_stolen_certificate_is_denied_from_another_address(world):
    _, _, peer = await bootstrap(world)
    refused(world, Peer("10.244.0.9", peer.certificate), words.ADDRESS_DIFFERS)


async def test_a_stolen_certificate_does_not_outlive_its_pod_at_a_reused_address(world):
    _, _, peer = await bootstrap(world)
    world.kube.remove(PODS, uid(1))
    await world.change(make_pod(2))
    refused(world, peer, words.POD_GONE)


async def test_a_caller_without_a_certificate_is_denied(world):
    refused(world, Peer(ADDRESS), words.CERTIFICATE_MISSING)


async def test_a_certificate_of_another_authority_is_denied(world):
    _, _, peer = await bootstrap(world)
    other = new_authority(Purpose.CLIENTS, NOW)
    world.authority = Authority.load(other.certificate, other.key)
    refused(world, peer, words.CERTIFICATE_FOREIGN)


async def test_a_kept_alive_connection_does_not_outlive_its_certificate(world):
    _, _, peer = await bootstrap(world)
    world.clock.advance(599)
    await world.refresh()
    admit(world, peer)
    world.clock.advance(1)
    await world.refresh()
    refused(world, peer, words.CERTIFICATE_EXPIRED)


async def test_a_second_bootstrap_with_another_key_takes_over_and_ends_the_first(world):
    _, _, first = await bootstrap(world)
    issued, _, second = await bootstrap(world)
    assert issued.takeover
    refused(world, first, words.SESSION_SUPERSEDED)
    admit(world, second)


async def test_a_bootstrap_with_the_same_key_or_after_the_end_is_no_takeover(world):
    _, key, first = await bootstrap(world)
    again, _, _ = await bootstrap(world, key)
    assert not again.takeover
    admit(world, first)
    world.clock.advance(600)
    await world.refresh()
    later, _, _ = await bootstrap(world)
    assert not later.takeover


async def test_of_two_bootstraps_at_once_one_takes_over(world):
    issued = await asyncio.gather(bootstrap(world), bootstrap(world))
    assert sorted(one.takeover for one, _, _ in issued) == [False, True]
    last = next(peer for one, _, peer in issued if one.takeover)
    admit(world, last)


async def test_a_renewal_keeps_the_key_and_lives_on(world):
    _, key, peer = await bootstrap(world)
    world.clock.advance(300)
    await world.refresh()
    issued, renewed = await renew(world, peer, key)
    assert issued.renewal
    assert renewed.certificate.not_after == NOW + 900
    admit(world, renewed)
    admit(world, peer)


async def test_a_renewal_with_another_key_is_refused(world):
    _, _, peer = await bootstrap(world)
    with pytest.raises(InvalidRequestError, match="keeps the session's key"):
        await renew(world, peer, None)


async def test_a_superseded_or_expired_session_renews_nothing(world):
    _, key, first = await bootstrap(world)
    await bootstrap(world)
    with pytest.raises(SessionEndedError):
        await renew(world, first, key)


async def test_a_renewal_from_another_address_is_denied(world):
    _, key, peer = await bootstrap(world)
    with pytest.raises(DeniedError):
        await renew(world, Peer("10.244.0.9", peer.certificate), key)


async def test_a_renewal_outlasts_an_api_server_that_is_away_as_keystores_may(world):
    _, key, peer = await bootstrap(world)
    world.kube.away = True
    for _ in range(8):
        world.clock.advance(400)
        _, peer = await renew(world, peer, key)
    admit(world, peer, facts_max_age=3600.0)
    refused(world, peer, words.FACTS_OLD, facts_max_age=3199.0)
    world.clock.advance(401)
    with pytest.raises(UndeterminedError):
        await renew(world, peer, key)


async def test_without_any_proof_nothing_is_issued(world):
    with pytest.raises(UnauthenticatedError):
        await world.identity.issue(Peer(ADDRESS), None, make_csr()[1])


async def test_a_revoked_pod_is_denied_and_gets_no_new_session(world):
    from dataclasses import replace

    _, _, peer = await bootstrap(world)
    await world.rows.put(replace(world.rows.get(uid(1)), revoked=True))
    refused(world, peer, words.SESSION_REVOKED)
    with pytest.raises(DeniedError):
        await bootstrap(world)


async def test_draining_serves_and_renews_until_the_grace_has_passed(world):
    _, key, peer = await bootstrap(world)
    await world.change(make_pod(deadline=NOW + 30))
    admit(world, peer)
    refused(world, peer, words.POD_TERMINATING, on_termination="Revoke")
    await renew(world, peer, key)
    world.clock.advance(29)
    admit(world, peer)
    world.clock.advance(1)
    await world.refresh()
    refused(world, peer, words.POD_GRACE_PASSED)
    with pytest.raises(DeniedError):
        await renew(world, peer, key)


async def test_a_pod_that_changed_its_mac_is_refused_by_that_check_alone(world):
    await world.report((uid(1), ADDRESS, MAC))
    _, _, peer = await bootstrap(world)
    await world.report()
    refused(world, peer, words.MAC_UNATTESTED, WITH_MAC)
    admit(world, peer)
    await world.report((uid(1), ADDRESS, "0a:58:0a:f4:00:99"))
    refused(world, peer, words.MAC_DIFFERS, WITH_MAC)
    await world.report((uid(1), ADDRESS, MAC))
    admit(world, peer, WITH_MAC)


async def test_a_node_speaks_for_no_pod_of_another_node(world):
    await world.change(make_pod(node="node1"))
    world.kube.token("pod1", make_pod(node="node1"), "skm.dev")
    await world.report((uid(1), ADDRESS, MAC))
    _, _, peer = await bootstrap(world, token="pod1")
    assert peer.certificate.binding.mac is None
    refused(world, peer, words.MAC_NODE_SILENT, WITH_MAC)


async def test_evidence_of_a_silent_node_ends_after_a_minute(world):
    await world.report((uid(1), ADDRESS, MAC))
    _, _, peer = await bootstrap(world)
    world.clock.advance(STALE_SECONDS - 1)
    await world.refresh()
    admit(world, peer, WITH_MAC)
    world.clock.advance(1)
    await world.refresh()
    refused(world, peer, words.MAC_NODE_SILENT, WITH_MAC)
    admit(world, peer)


async def test_a_closed_stream_withdraws_nothing(world):
    await world.report((uid(1), ADDRESS, MAC))
    _, _, peer = await bootstrap(world)
    world.kube.remove(PODS, uid(900))
    await world.settle()
    admit(world, peer, WITH_MAC)
    assert node_agent()["metadata"]["uid"] == uid(900)


async def test_an_unknown_pod_is_undetermined_until_the_api_server_says_so(world):
    _, _, peer = await bootstrap(world)
    other = type(world)()
    other.kube.remove(PODS, uid(1))
    other.rows, other.authority = world.rows, world.authority
    other = rebuilt(other)
    async with other.running():
        refused(other, peer, words.POD_UNKNOWN)
        await other.settle()
        refused(other, peer, words.POD_GONE)


async def test_an_unknown_pod_that_lives_is_found(world):
    _, _, peer = await bootstrap(world)
    other = type(world)()
    other.kube.remove(PODS, uid(1))
    other.rows, other.authority = world.rows, world.authority
    other = rebuilt(other)
    async with other.running():
        other.kube.hide(PODS, make_pod())
        refused(other, peer, words.POD_UNKNOWN)
        await other.settle()
        admit(other, peer)


async def test_in_doubt_an_api_server_that_is_away_changes_nothing(world):
    _, _, peer = await bootstrap(world)
    other = type(world)()
    other.kube.remove(PODS, uid(1))
    other.rows, other.authority = world.rows, world.authority
    other = rebuilt(other)
    async with other.running():
        other.kube.away = True
        for _ in range(3):
            refused(other, peer, words.POD_UNKNOWN)
            await other.settle()


def rebuilt(world):
    """The same world with an identity over its changed rows: another replica."""
    from skm_kms.identity import Identity

    world.identity = Identity(
        facts=world.facts,
        reviews=world.kube,
        rows=world.rows,
        authorities=lambda: (world.authority,),
        clock=world.clock,
    )
    return world


async def test_an_admission_says_how_long_it_may_be_kept(world):
    _, _, peer = await bootstrap(world)
    start = world.clock.monotonic()
    assert admit(world, peer).valid_until == start + 30
    assert admit(world, peer, facts_max_age=3600.0).valid_until == start + 600
    await world.report((uid(1), ADDRESS, MAC))
    assert admit(world, peer, facts_max_age=3600.0).valid_until == start + STALE_SECONDS
    await world.change(make_pod(deadline=NOW + 5))
    assert admit(world, peer).valid_until == start + 5


@pytest.mark.parametrize("change", ["pod", "gone", "evidence", "silence", "takeover", "resource"])
async def test_whatever_ends_an_admission_moves_the_generation(world, change):
    await world.report((uid(1), ADDRESS, MAC))
    _, _, peer = await bootstrap(world)
    admission = admit(world, peer)
    assert admission.generation == world.identity.generation
    if change == "pod":
        await world.change(make_pod(labels={"app": "other"}))
    elif change == "gone":
        world.kube.remove(PODS, uid(1))
        await world.settle()
    elif change == "evidence":
        await world.report()
    elif change == "takeover":
        await bootstrap(world)
    elif change == "silence":
        world.clock.advance(STALE_SECONDS + 1)
        await world.refresh()
        await world.report((uid(1), ADDRESS, MAC))
    else:
        put_keystore(world)
        await world.settle()
    assert admission.generation != world.identity.generation


def put_keystore(world, **spec):
    document = {
        "apiVersion": "skm.dev/v1alpha1",
        "kind": "Keystore",
        "metadata": {"name": "orders", "namespace": "orders", "uid": uid(50), "generation": 1},
        "spec": spec,
    }
    world.kube.put("/apis/skm.dev/v1alpha1/keystores", document)


async def test_a_heartbeat_and_a_status_move_nothing(world):
    await world.report((uid(1), ADDRESS, MAC))
    before = world.identity.generation
    await world.report((uid(1), ADDRESS, MAC))
    await world.change(make_pod())
    assert world.identity.generation == before


async def test_a_resource_is_seen_without_its_status(world):
    put_keystore(world, authentication={"ipv4": {}})
    await world.settle()
    fact = world.facts.resource("Keystore", "orders", "orders")
    assert fact.document["spec"] == {"authentication": {"ipv4": {}}}
    assert (await world.facts.live_resource("Keystore", "orders", "orders")) == fact
    assert await world.facts.live_resource("Keystore", "orders", "none") is None
    assert [one.name for one in world.facts.resources("Keystore")] == ["orders"]


async def test_who_am_i_tells_what_was_seen_and_never_refuses(world):
    nobody = world.identity.whoami(Peer("203.0.113.7"))
    assert (nobody.address, nobody.certificate_subject) == ("203.0.113.7", None)
    assert {f.reason for f in nobody.checks} == {words.CERTIFICATE_MISSING}
    await world.report((uid(1), ADDRESS, MAC))
    _, _, peer = await bootstrap(world)
    found = world.identity.whoami(peer)
    assert found.mac == MAC
    assert found.pod.endswith(uid(1))
    assert [f.outcome for f in found.checks] == [Outcome.PASSED] * 3
    stolen = world.identity.whoami(Peer("10.244.0.9", peer.certificate))
    assert {f.check for f in stolen.checks if f.outcome is Outcome.DENIED} == {
        Check.ADDRESS,
        Check.MAC,
    }


async def test_refusals_are_counted_by_their_reason(world):
    _, _, peer = await bootstrap(world)
    for _ in range(2):
        refused(world, Peer("10.244.0.9", peer.certificate), words.ADDRESS_DIFFERS)
    assert world.identity.refusals == {"address_differs": 2}


async def test_a_call_that_concerns_no_keystore_is_checked_too(world):
    _, _, peer = await bootstrap(world)
    assert world.identity.caller(peer).pod_name == "orders-1"
    with pytest.raises(DeniedError):
        world.identity.caller(Peer("10.244.0.9", peer.certificate))


async def test_before_its_keystore_is_known_a_call_may_rest_on_facts_of_an_hour(world):
    _, _, peer = await bootstrap(world)
    world.clock.advance(599)
    world.identity.caller(peer)
    refused(world, peer, words.FACTS_OLD)
