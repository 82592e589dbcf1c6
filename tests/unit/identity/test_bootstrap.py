# SPDX-License-Identifier: Apache-2.0
"""Who gets a first identity: a token's claims against the live pod, each rule alone."""

import pytest
from identity_doubles import (
    ADDRESS,
    MAC,
    NODE,
    NODE_ADDRESS,
    NOW,
    PODS,
    make_csr,
    node_agent,
    presented,
    uid,
)
from identity_doubles import pod as make_pod

from skm_common import names
from skm_kms.errors import (
    DeniedError,
    RequestError,
    UnauthenticatedError,
    UndeterminedError,
)
from skm_kms.identity import InternalIssuer, Peer, words
from skm_kms.identity.bootstrap import FACTS_MAX_AGE

PEER = Peer(ADDRESS)


async def authenticate(world, token="pod", peer=PEER, audience=names.AUDIENCE_POD):
    return await world.identity.authenticate_token(token, audience, peer)


async def refused(world, reason, **options):
    kind = DeniedError if reason.outcome == "denied" else UndeterminedError
    with pytest.raises(kind) as caught:
        await authenticate(world, **options)
    assert (caught.value.detail, caught.value.check) == (reason.why, reason.check)


async def test_the_pod_itself_is_known(world):
    found = await authenticate(world)
    assert (found.namespace, found.service_account) == ("orders", "orders-app")
    assert (found.pod_uid, found.pod_name, found.node) == (uid(1), "orders-1", NODE)


async def test_a_token_that_is_none_is_unauthenticated(world):
    with pytest.raises(UnauthenticatedError):
        await authenticate(world, token="forged")


async def test_a_token_of_another_audience_is_unauthenticated(world):
    with pytest.raises(UnauthenticatedError):
        await authenticate(world, audience=names.AUDIENCE_ADMIN)
    world.kube.token("wide", make_pod(), names.AUDIENCE_POD, audiences=["something-else"])
    with pytest.raises(UnauthenticatedError):
        await authenticate(world, token="wide")


async def test_a_kept_review_is_of_its_audience_only(world):
    await authenticate(world)
    with pytest.raises(UnauthenticatedError):
        await authenticate(world, audience=names.AUDIENCE_ADMIN)


async def test_a_review_that_says_no_is_no_whatever_else_it_says(world):
    world.kube.token("odd", make_pod(), names.AUDIENCE_POD)
    world.kube.tokens["odd", names.AUDIENCE_POD]["authenticated"] = False
    with pytest.raises(UnauthenticatedError):
        await authenticate(world, token="odd")


async def test_a_token_that_is_bound_to_no_pod_is_unauthenticated(world):
    world.kube.token("loose", make_pod(), names.AUDIENCE_POD, extra={"pod-uid": None})
    with pytest.raises(UnauthenticatedError, match="bound"):
        await authenticate(world, token="loose")


async def test_a_person_is_unauthenticated(world):
    world.kube.tokens["jane", names.AUDIENCE_POD] = {
        "authenticated": True,
        "audiences": [names.AUDIENCE_POD],
        "user": {"username": "jane"},
    }
    with pytest.raises(UnauthenticatedError):
        await authenticate(world, token="jane")


async def test_a_stolen_token_is_denied_by_the_address(world):
    await world.change(make_pod(2, ip="10.244.0.9"))
    await refused(world, words.ADDRESS_NOT_THE_PODS, peer=Peer("10.244.0.9"))


async def test_a_stranger_makes_no_work_for_the_api_server(world):
    await refused(world, words.ADDRESS_UNKNOWN, peer=Peer("203.0.113.7"))
    assert world.kube.reviews == 0


async def test_a_terminating_pod_gets_no_first_identity(world):
    await world.change(make_pod(deadline=NOW + 30))
    await refused(world, words.POD_TERMINATING)


async def test_a_finished_pod_gets_none(world):
    await world.change(make_pod(2))
    await world.change(make_pod(phase="Succeeded"))
    await refused(world, words.POD_FINISHED)


async def test_a_pod_on_the_host_network_gets_none(world):
    await world.change(make_pod(host_network=True))
    await refused(world, words.HOST_NETWORK)


async def test_a_token_of_another_service_account_gets_none(world):
    world.kube.token("other", make_pod(), names.AUDIENCE_POD, account="default")
    await refused(world, words.SERVICE_ACCOUNT_DIFFERS, token="other")


async def test_a_token_from_another_node_gets_none(world):
    world.kube.token("other", make_pod(), names.AUDIENCE_POD, extra={"node-name": "node1"})
    await refused(world, words.NODE_DIFFERS, token="other")


async def test_a_pod_that_was_made_again_under_the_name_does_not_inherit(world):
    world.kube.remove(PODS, uid(1))
    await world.change(make_pod(uid=uid(5)))
    await refused(world, words.POD_GONE)


async def test_a_pod_that_this_replica_has_not_heard_of_is_asked_for(world):
    world.kube.hide(PODS, make_pod(3))
    world.kube.token("new", make_pod(3), names.AUDIENCE_POD)
    await world.report((uid(1), "10.244.0.1", MAC), (uid(3), ADDRESS, MAC))
    found = await authenticate(world, token="new")
    assert found.pod_uid == uid(3)


async def test_a_pod_that_the_api_server_does_not_know_is_denied(world):
    world.kube.token("ghost", make_pod(7), names.AUDIENCE_POD)
    await refused(world, words.POD_GONE, token="ghost")


async def test_an_api_server_that_is_away_denies_nobody(world):
    world.kube.token("ghost", make_pod(7), names.AUDIENCE_POD)
    await authenticate(world)
    world.kube.away = True
    await authenticate(world)
    with pytest.raises(UndeterminedError):
        await authenticate(world, token="ghost")


async def test_old_facts_decide_nothing(world):
    world.clock.advance(FACTS_MAX_AGE)
    await authenticate(world)
    world.clock.advance(0.1)
    await refused(world, words.FACTS_OLD)


async def test_before_the_kubelet_reports_the_attested_address_counts(world):
    await world.change(make_pod(ip=None))
    await refused(world, words.ADDRESS_UNKNOWN)
    await world.report((uid(1), ADDRESS, MAC))
    assert (await authenticate(world)).pod_uid == uid(1)


async def test_an_address_attested_for_another_pod_is_not_this_ones(world):
    await world.change(make_pod(ip=None))
    await world.change(make_pod(2, ip=ADDRESS))
    await refused(world, words.ADDRESS_UNREPORTED)


async def test_on_a_clash_fresh_evidence_decides(world):
    await world.change(make_pod(2))
    await refused(world, words.ADDRESS_CLASH)
    await world.report((uid(2), ADDRESS, MAC))
    await refused(world, words.ADDRESS_OF_ANOTHER)
    await world.report((uid(1), ADDRESS, MAC))
    assert (await authenticate(world)).pod_uid == uid(1)
    await world.report((uid(1), ADDRESS, MAC), (uid(2), ADDRESS, MAC))
    await refused(world, words.ADDRESS_CLASH)


async def test_on_a_clash_another_node_has_no_say(world):
    await world.change(make_pod(2))
    options = await second_node(world)
    await world.report((uid(1), ADDRESS, MAC), **options)
    await refused(world, words.ADDRESS_CLASH)


@pytest.mark.parametrize("changes", [{"phase": "Failed"}, {"ip": "10.244.0.9"}])
async def test_a_pod_that_cannot_hold_the_address_is_no_rival(world, changes):
    await world.change(make_pod(2, **changes))
    await world.report((uid(2), ADDRESS, MAC))
    assert (await authenticate(world)).pod_uid == uid(1)


async def test_two_pods_are_never_both_authorised_for_one_address(world):
    await world.change(make_pod(ip=ADDRESS))
    await world.change(make_pod(2, ip=None))
    world.kube.token("second", make_pod(2), names.AUDIENCE_POD)
    await world.report((uid(2), ADDRESS, MAC))
    assert (await authenticate(world, token="second")).pod_uid == uid(2)
    await refused(world, words.ADDRESS_OF_ANOTHER)


async def test_a_review_is_kept_for_ten_seconds(world):
    await authenticate(world)
    world.clock.advance(9.9)
    await authenticate(world)
    assert world.kube.reviews == 1
    world.clock.advance(0.1)
    await authenticate(world)
    assert world.kube.reviews == 2


async def test_a_kept_review_does_not_keep_a_pod_alive(world):
    await authenticate(world)
    world.kube.remove(PODS, uid(1))
    await world.settle()
    await refused(world, words.ADDRESS_UNKNOWN)
    await world.change(make_pod(2))
    await refused(world, words.POD_GONE)


@pytest.mark.parametrize("token", ["", "x" * 8193, "gr\u00fcn"])
async def test_a_token_of_no_valid_form_is_not_asked_about(world, token):
    with pytest.raises(UnauthenticatedError):
        await authenticate(world, token=token)
    assert world.kube.reviews == 0


def system_key_pod(**changes):
    given = {
        "name": "skm-system-key-0",
        "namespace": names.SYSTEM_KEY_NAMESPACE,
        "account": names.SYSTEM_KEY,
        "annotations": {},
        "ip": "10.244.0.20",
    }
    return make_pod(20, **{**given, **changes})


@pytest.fixture
def internal(world):
    return InternalIssuer(world.authority)


async def test_the_system_key_server_gets_its_certificate(world, internal):
    await world.change(system_key_pod())
    world.kube.token("sk", system_key_pod(), names.AUDIENCE_INTERNAL)
    _, csr = make_csr()
    chain = await world.identity.issue_internal(Peer("10.244.0.20"), "sk", csr, internal)
    assert presented(chain).subject == "CN=skm-system-key"


@pytest.mark.parametrize(
    "changes", [{"account": "default"}, {"namespace": "orders"}], ids=["account", "namespace"]
)
async def test_nobody_else_gets_the_system_key_servers_certificate(world, internal, changes):
    document = system_key_pod(**changes)
    await world.change(document)
    world.kube.token("sk", document, names.AUDIENCE_INTERNAL)
    _, csr = make_csr()
    with pytest.raises(DeniedError) as caught:
        await world.identity.issue_internal(Peer("10.244.0.20"), "sk", csr, internal)
    assert caught.value.detail == words.WRONG_WORKLOAD.why


async def report_refused(world, reason, **options):
    kind = DeniedError if reason.outcome == "denied" else UndeterminedError
    with pytest.raises(kind) as caught:
        await world.report((uid(1), ADDRESS, MAC), **options)
    assert caught.value.detail == reason.why


async def test_the_node_agent_may_report(world):
    assert await world.report((uid(1), ADDRESS, MAC)) == 1


async def test_a_report_from_another_address_is_denied(world):
    await report_refused(world, words.NODE_ADDRESS_DIFFERS, address=ADDRESS)


async def test_a_report_about_another_node_is_denied(world):
    node1 = {
        "metadata": {"name": "node1", "uid": uid(701)},
        "status": {"addresses": [{"type": "InternalIP", "address": "10.200.0.11"}]},
    }
    world.kube.put("/api/v1/nodes", node1)
    await world.settle()
    options = {"body": {"node": "node1"}, "address": "10.200.0.11"}
    await report_refused(world, words.NODE_DIFFERS, **options)
    await report_refused(world, words.NODE_UNKNOWN, body={"node": "node2"})


async def test_a_pod_of_another_service_account_may_not_report(world):
    document = make_pod(901, host_network=True, ip=NODE_ADDRESS)
    await world.change(document)
    world.kube.token("mine", document, names.AUDIENCE_NODE)
    await report_refused(world, words.WRONG_WORKLOAD, token="mine")


async def test_a_pod_that_is_not_the_daemon_sets_may_not_report(world):
    owner = {"kind": "DaemonSet", "name": names.NODE_AGENT, "uid": uid(801), "controller": True}
    for number, owners in ((901, []), (902, [owner])):
        document = node_agent(number, owners=owners)
        await world.change(document)
        token = world.kube.token(f"mine-{number}", document, names.AUDIENCE_NODE)
        await report_refused(world, words.NODE_AGENT_UNOWNED, token=token)


async def test_a_node_agent_that_is_gone_may_not_report(world):
    world.kube.remove(PODS, uid(900))
    await world.settle()
    await report_refused(world, words.POD_GONE)


async def test_an_older_node_agent_may_not_report_once_a_later_one_has(world):
    later = node_agent(901, created=NOW - 10)
    await world.change(later)
    world.kube.token("later", later, names.AUDIENCE_NODE)
    await world.report(token="later", body={"boot": "c" * 32})
    await report_refused(world, words.NODE_AGENT_REPLACED)


async def test_refusals_at_the_first_identity_are_counted_too(world):
    await refused(world, words.ADDRESS_UNKNOWN, peer=Peer("203.0.113.7"))
    await report_refused(world, words.NODE_ADDRESS_DIFFERS, address=ADDRESS)
    assert world.identity.refusals == {"address_unknown": 1, "node_address_differs": 1}


async def test_a_clash_raises_an_alert_whoever_wins(world):
    assert world.identity.clashes() == []
    await world.change(node_agent(901))
    assert world.identity.clashes() == []
    await world.change(make_pod(2))
    assert world.identity.clashes() == [ADDRESS]
    await world.change(make_pod(2, phase="Failed"))
    assert world.identity.clashes() == []


async def second_node(world):
    """Another node with its node agent; returns what its reports need."""
    node1 = {
        "metadata": {"name": "node1", "uid": uid(701)},
        "status": {"addresses": [{"type": "InternalIP", "address": "10.200.0.11"}]},
    }
    world.kube.put("/api/v1/nodes", node1)
    agent = node_agent(901, node="node1", ip="10.200.0.11")
    await world.change(agent)
    world.kube.token("agent1", agent, names.AUDIENCE_NODE)
    return {"token": "agent1", "address": "10.200.0.11", "body": {"node": "node1"}}


async def test_what_a_node_attested_goes_with_the_node(world):
    await world.report((uid(9), "10.244.0.9", MAC), **await second_node(world))
    with pytest.raises(UnauthenticatedError):
        await authenticate(world, token="x", peer=Peer("10.244.0.9"))
    world.kube.remove("/api/v1/nodes", uid(701))
    await world.settle()
    await world.report()
    await refused(world, words.ADDRESS_UNKNOWN, token="x", peer=Peer("10.244.0.9"))


async def test_no_error_shows_the_token(world):
    secret = "eyJhbGciOi.very-secret.signature"
    for peer in (PEER, Peer("203.0.113.7")):
        with pytest.raises(RequestError) as caught:
            await authenticate(world, token=secret, peer=peer)
        chain = [caught.value, caught.value.__cause__, caught.value.__context__]
        assert "very-secret" not in " ".join(map(repr, chain))
    world.kube.away = True
    with pytest.raises(UndeterminedError) as caught:
        await authenticate(world, token=secret)
    assert "very-secret" not in repr([caught.value, caught.value.__cause__])
