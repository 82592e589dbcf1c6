# SPDX-License-Identifier: Apache-2.0
"""Each check alone refuses while all others pass, and says which of the two refusals it is."""

from dataclasses import replace

import pytest
from identity_doubles import ADDRESS, MAC, NODE, NOW, uid

from skm_kms.identity import words
from skm_kms.identity.binding import Binding
from skm_kms.identity.checks import judge
from skm_kms.identity.evidence import Attested
from skm_kms.identity.facts import PodFact
from skm_kms.identity.peer import PeerCertificate
from skm_kms.identity.session import Session
from skm_kms.identity.spiffe import PodName
from skm_kms.identity.view import CallView, PodView, Requirements
from skm_kms.identity.words import Check, Outcome

ASKED = Requirements(facts_max_age=30.0, drain=True, minimum_evidence="NodeAttested")
U1, U2 = uid(1), uid(2)

CERTIFICATE = PeerCertificate(
    der=b"",
    sha256="5a",
    subject="CN=x",
    authority="aa",
    key="k1",
    not_before=NOW - 60,
    not_after=NOW + 540,
    ipv4=(ADDRESS,),
    pod=PodName("orders", "orders-app", U1),
    binding=Binding(NODE, MAC, "NodeAttested"),
)
SESSION = Session(U1, "orders", "orders-app", "orders-1", NODE, "k1", NOW - 60, NOW + 540)
POD = PodFact(
    uid=U1,
    namespace="orders",
    name="orders-1",
    service_account="orders-app",
    node=NODE,
    ipv4=(ADDRESS,),
    host_network=False,
    phase="Running",
    created=NOW - 90,
    deadline=None,
    labels={},
    created_labels={},
    owner=None,
)
SEEN = PodView(
    pod=POD,
    gone=False,
    holders=frozenset({U1}),
    attesting=frozenset({U1}),
    attested=Attested(ADDRESS, MAC),
    node_heard=True,
)
CALL = CallView(
    address=ADDRESS,
    certificate=CERTIFICATE,
    own_authority=True,
    session=SESSION,
    pod=SEEN,
    now=NOW,
    facts_age=30.0,
)


def certificate(**changes):
    return replace(CALL, certificate=replace(CERTIFICATE, **changes))


def session(**changes):
    return replace(CALL, session=replace(SESSION, **changes))


def seen(**changes):
    return replace(CALL, pod=replace(SEEN, **changes))


def running(**changes):
    return seen(pod=replace(POD, **changes))


def reasons(view, asked=ASKED):
    return {f.check: f.reason for f in judge(view, asked) if f.reason is not None}


def test_an_honest_call_passes_every_check():
    assert [f.outcome for f in judge(CALL, ASKED)] == [Outcome.PASSED] * 3


ALONE = {
    "foreign CA": (replace(CALL, own_authority=False), words.CERTIFICATE_FOREIGN),
    "no SPIFFE ID": (certificate(pod=None), words.CERTIFICATE_FOREIGN),
    "no binding": (certificate(binding=None), words.CERTIFICATE_FOREIGN),
    "expired": (certificate(not_after=NOW), words.CERTIFICATE_EXPIRED),
    "early": (certificate(not_before=NOW + 1), words.CERTIFICATE_EARLY),
    "no session": (replace(CALL, session=None), words.SESSION_UNKNOWN),
    "another key": (session(key="k2"), words.SESSION_SUPERSEDED),
    "revoked": (session(revoked=True), words.SESSION_REVOKED),
    "old facts": (replace(CALL, facts_age=30.1), words.FACTS_OLD),
    "unknown pod": (seen(pod=None), words.POD_UNKNOWN),
    "gone pod": (seen(pod=None, gone=True), words.POD_GONE),
    "finished": (running(phase="Succeeded"), words.POD_FINISHED),
    "failed": (running(phase="Failed"), words.POD_FINISHED),
    "grace passed": (running(deadline=NOW), words.POD_GRACE_PASSED),
    "stolen": (
        replace(
            CALL, address="10.244.0.9", pod=replace(SEEN, attested=Attested("10.244.0.9", MAC))
        ),
        words.ADDRESS_DIFFERS,
    ),
    "two addresses": (certificate(ipv4=(ADDRESS, "10.244.0.9")), words.ADDRESS_DIFFERS),
    "not the pod's": (running(ipv4=("10.244.0.9",)), words.ADDRESS_NOT_THE_PODS),
    "host network": (running(host_network=True), words.HOST_NETWORK),
    "clash": (
        seen(holders=frozenset({U1, U2}), attesting=frozenset()),
        words.ADDRESS_CLASH,
    ),
    "clash, both attested": (
        seen(holders=frozenset({U1, U2}), attesting=frozenset({U1, U2})),
        words.ADDRESS_CLASH,
    ),
    "clash, lost": (
        seen(holders=frozenset({U1, U2}), attesting=frozenset({U2})),
        words.ADDRESS_OF_ANOTHER,
    ),
    "silent node": (seen(node_heard=False, attested=None), words.MAC_NODE_SILENT),
    "unattested": (seen(attested=None), words.MAC_UNATTESTED),
    "another MAC": (seen(attested=Attested(ADDRESS, "0a:00:00:00:00:09")), words.MAC_DIFFERS),
    "MAC elsewhere": (seen(attested=Attested("10.244.0.9", MAC)), words.MAC_ADDRESS_DIFFERS),
    "weak evidence": (
        seen(attested=Attested(ADDRESS, MAC, "Declared")),
        words.MAC_EVIDENCE_LOW,
    ),
}


@pytest.mark.parametrize("case", ALONE)
def test_each_reason_refuses_alone(case):
    view, reason = ALONE[case]
    assert reasons(view) == {reason.check: reason}


def test_without_a_certificate_no_check_passes():
    found = judge(replace(CALL, certificate=None, session=None, pod=None), ASKED)
    assert {f.outcome for f in found} == {Outcome.DENIED}
    assert {f.reason for f in found} == {words.CERTIFICATE_MISSING}


def test_the_mac_is_judged_only_where_the_keystore_selects_it():
    view = seen(attested=Attested(ADDRESS, "0a:00:00:00:00:09"))
    found = judge(view, replace(ASKED, minimum_evidence=None))
    assert found[-1].outcome is Outcome.NOT_SELECTED
    assert all(f.reason is None for f in found)


def test_weaker_evidence_suffices_where_the_keystore_says_so():
    view = seen(attested=Attested(ADDRESS, MAC, "Declared"))
    assert reasons(view, replace(ASKED, minimum_evidence="Declared")) == {}


def test_a_certificate_without_a_mac_rests_on_what_the_node_attests_now():
    bound = replace(CERTIFICATE, binding=Binding(NODE, None, None))
    assert reasons(replace(CALL, certificate=bound)) == {}


def test_a_terminating_pod_is_served_until_its_grace_has_passed():
    assert reasons(running(deadline=NOW + 0.1)) == {}
    assert reasons(running(deadline=NOW)) == {Check.CERTIFICATE: words.POD_GRACE_PASSED}


def test_with_revoke_a_terminating_pod_ends_at_once():
    asked = replace(ASKED, drain=False)
    view = running(deadline=NOW + 30)
    assert reasons(view, asked) == {Check.CERTIFICATE: words.POD_TERMINATING}


def test_fresh_evidence_decides_a_clash_for_the_attested_pod():
    assert reasons(seen(holders=frozenset({U1, U2}))) == {}


def test_before_the_kubelet_reports_an_address_the_attested_one_counts():
    assert reasons(running(ipv4=())) == {}
    elsewhere = replace(SEEN, pod=replace(POD, ipv4=()), attested=Attested("10.244.0.9", MAC))
    assert reasons(replace(CALL, pod=elsewhere))[Check.ADDRESS] is words.ADDRESS_NOT_THE_PODS
    unreported = replace(SEEN, pod=replace(POD, ipv4=()), attested=None)
    view = replace(CALL, pod=unreported)
    assert reasons(view, replace(ASKED, minimum_evidence=None)) == {
        Check.ADDRESS: words.ADDRESS_UNREPORTED
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"phase": "Failed"},
        {"deadline": NOW},
    ],
)
def test_what_is_final_is_denied_however_old_the_facts_are(changes):
    view = replace(running(**changes), facts_age=1e9)
    assert reasons(view)[Check.CERTIFICATE].outcome is Outcome.DENIED


def test_a_gone_pod_is_denied_however_old_the_facts_are():
    view = replace(seen(pod=None, gone=True), facts_age=float("inf"))
    assert reasons(view) == {Check.CERTIFICATE: words.POD_GONE}


@pytest.mark.parametrize(
    "view",
    [
        running(ipv4=("10.244.0.9",)),
        seen(holders=frozenset({U1, U2}), attesting=frozenset({U2})),
        seen(pod=None),
    ],
)
def test_old_facts_never_deny(view):
    found = reasons(replace(view, facts_age=31.0))
    assert found == {Check.CERTIFICATE: words.FACTS_OLD}


def test_a_session_key_that_was_replaced_is_no_refusal():
    assert words.SESSION_SUPERSEDED.ends_session
    assert words.SESSION_UNKNOWN.ends_session
    assert words.CERTIFICATE_EXPIRED.ends_session
    assert not words.SESSION_REVOKED.ends_session
