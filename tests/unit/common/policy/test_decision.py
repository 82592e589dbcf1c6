# SPDX-License-Identifier: Apache-2.0
"""Deny by default: what is not allowed by name is refused, with the reason."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resource_strategies import labels, operations, policies

from skm_common.policy import CallerFacts, NamedPolicy, Workload, could_admit, decide
from skm_common.resources import OPERATIONS, parse_access_policy

APP = {"app": "orders"}
HONEST = Workload("shop", "orders-app", APP, APP)
SPEC = {
    "keystoreRef": {"name": "orders"},
    "subjects": [
        {"workload": {"serviceAccountName": "orders-app", "podSelector": {"matchLabels": APP}}}
    ],
    "ipv4": {"cidrs": ["10.244.0.0/16"]},
    "rules": [{"keys": ["orders-db"], "operations": ["ReadSecret"]}],
}


def policy(name="orders-app", namespace="shop", **changes):
    return NamedPolicy(namespace, name, parse_access_policy({**SPEC, **changes}))


def ask(policies, workload=HONEST, address="10.244.1.7", key="orders-db", operation="ReadSecret"):
    return decide(policies, CallerFacts(workload, address), key, operation)


def workload(**changes):
    parts = {
        "namespace": "shop",
        "service_account": "orders-app",
        "labels": APP,
        "created_labels": APP,
    }
    return Workload(**{**parts, **changes})


def test_without_a_policy_everybody_is_refused():
    decision = ask([])
    assert not decision.allowed
    assert decision.policy is None
    assert decision.reason == "no AccessPolicy of this keystore exists"


def test_a_refusal_names_the_policy_that_came_nearest():
    foreign = policy("database", subjects=[{"workload": {"serviceAccountName": "database"}}])
    for policies_ in itertools.permutations([policy(), foreign, policy("far", namespace="far")]):
        decision = ask(policies_, workload=workload(labels={"app": "other"}))
        assert decision.reason == "AccessPolicy orders-app: it needs label app=orders"


def test_the_caller_that_a_policy_names_is_allowed_by_its_name():
    decision = ask([policy()])
    assert decision.allowed
    assert decision.policy == "orders-app"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"workload": workload(namespace="other")}, "pods of namespace shop only"),
        ({"workload": workload(service_account="other")}, "ServiceAccount orders-app, not other"),
        ({"workload": workload(labels={})}, "needs label app=orders"),
        ({"workload": workload(labels={"app": "other"})}, "needs label app=orders"),
        ({"workload": workload(created_labels={})}, "did not have when it was created"),
        ({"workload": workload(created_labels={"app": "x"})}, "did not have when it was created"),
        ({"address": "10.245.0.0"}, "ipv4.cidrs don't hold 10.245.0.0"),
        ({"address": "10.243.255.255"}, "ipv4.cidrs don't hold"),
        ({"key": "other"}, "no rule of it allows ReadSecret on other"),
        ({"operation": "Decrypt"}, "no rule of it allows Decrypt on orders-db"),
    ],
    ids=[
        "another namespace",
        "another ServiceAccount",
        "no label now",
        "another label now",
        "no label at creation",
        "another label at creation",
        "an address above",
        "an address below",
        "another key",
        "another operation",
    ],
)
def test_one_thing_that_differs_is_enough_and_is_named(changes, words):
    decision = ask([policy()], **changes)
    assert not decision.allowed
    assert words in decision.reason
    assert decision.reason.startswith("AccessPolicy orders-app: ")


@pytest.mark.parametrize("address", ["10.244.0.0", "10.244.255.255"])
def test_both_ends_of_a_network_are_inside(address):
    assert ask([policy()], address=address).allowed


def test_more_labels_than_asked_for_do_no_harm():
    more = {**APP, "tier": "front"}
    assert ask([policy()], workload(labels=more, created_labels=more)).allowed


def test_a_label_with_an_empty_value_is_not_a_missing_one():
    subject = {"serviceAccountName": "a", "podSelector": {"matchLabels": {"x": ""}}}
    only = policy(subjects=[{"workload": subject}])
    plain = workload(service_account="a", labels={}, created_labels={})
    assert not ask([only], plain).allowed
    marked = workload(service_account="a", labels={"x": ""}, created_labels={"x": ""})
    assert ask([only], marked).allowed


def test_any_subject_any_network_any_rule_will_do():
    wide = policy(
        subjects=[{"workload": {"serviceAccountName": "other"}}, *SPEC["subjects"]],
        ipv4={"cidrs": ["192.168.0.0/16", "10.244.0.0/16"]},
        rules=[{"keys": ["*"], "operations": ["Encrypt"]}, *SPEC["rules"]],
    )
    assert ask([wide]).allowed
    assert ask([wide], operation="Encrypt", key="anything").allowed
    assert not ask([wide], operation="Decrypt", key="anything").allowed


def test_one_rules_keys_and_anothers_operations_do_not_mix():
    rules = [
        {"keys": ["a"], "operations": ["ReadSecret"]},
        {"keys": ["b"], "operations": ["Encrypt"]},
    ]
    mixed = policy(rules=rules)
    allowed = {
        (key, operation)
        for key, operation in itertools.product(["a", "b"], ["ReadSecret", "Encrypt"])
        if ask([mixed], key=key, operation=operation).allowed
    }
    assert allowed == {("a", "ReadSecret"), ("b", "Encrypt")}


def test_parts_of_two_policies_do_not_mix():
    elsewhere = policy("one", ipv4={"cidrs": ["192.168.0.0/16"]})
    other_key = policy("two", rules=[{"keys": ["other"], "operations": ["ReadSecret"]}])
    assert not ask([elsewhere, other_key]).allowed


def test_any_policy_will_do_and_the_first_one_is_named():
    refusing = policy("refusing", rules=[{"keys": ["x"], "operations": ["Encrypt"]}])
    assert ask([refusing, policy("one"), policy("two")]).policy == "one"


def test_a_star_is_every_key_and_a_key_named_star_is_none():
    every = policy(rules=[{"keys": ["*"], "operations": ["ReadSecret"]}])
    assert ask([every], key="anything").allowed
    assert not ask([policy()], key="*").allowed


def test_admission_leaves_networks_to_the_kms_and_nothing_else():
    assert could_admit([policy()], HONEST, "orders-db", "ReadSecret").allowed
    assert not could_admit([policy()], HONEST, "other", "ReadSecret").allowed
    assert not could_admit([], HONEST, "orders-db", "ReadSecret").allowed
    stranger = workload(service_account="other")
    assert not could_admit([policy()], stranger, "orders-db", "ReadSecret").allowed


named = st.builds(NamedPolicy, labels, labels, policies.map(parse_access_policy))
callers = st.builds(
    CallerFacts,
    st.builds(
        Workload,
        labels,
        labels,
        st.dictionaries(st.sampled_from(["app", "team"]), st.sampled_from(["a", "b"])),
        st.dictionaries(st.sampled_from(["app", "team"]), st.sampled_from(["a", "b"])),
    ),
    st.ip_addresses(v=4).map(str),
)


@given(st.lists(named, max_size=4), callers, labels, operations)
def test_a_decision_is_allowed_by_a_policy_that_alone_allows_it(found, caller, key, operation):
    decision = decide(found, caller, key, operation)
    alone = [item for item in found if decide([item], caller, key, operation).allowed]
    assert decision.allowed is bool(alone)
    assert decision.policy == (alone[0].name if alone else None)
    assert decision.reason


@given(st.lists(named, max_size=4), callers, labels, operations)
def test_taking_a_policy_away_never_gives_access(found, caller, key, operation):
    if not decide(found, caller, key, operation).allowed:
        for n in range(len(found)):
            assert not decide(found[:n] + found[n + 1 :], caller, key, operation).allowed


@given(st.lists(named, max_size=4), callers, labels, operations)
def test_taking_a_label_away_never_gives_access(found, caller, key, operation):
    if decide(found, caller, key, operation).allowed:
        return
    one = caller.workload
    for name in one.labels:
        fewer = {key: value for key, value in one.labels.items() if key != name}
        poorer = Workload(one.namespace, one.service_account, fewer, one.created_labels)
        facts = CallerFacts(poorer, caller.address)
        assert not decide(found, facts, key, operation).allowed


@given(st.lists(named, max_size=4), callers, labels, operations)
def test_admission_is_never_narrower_than_the_kms(found, caller, key, operation):
    if decide(found, caller, key, operation).allowed:
        assert could_admit(found, caller.workload, key, operation).allowed


@given(callers, labels)
def test_no_operation_is_allowed_by_nobody(caller, key):
    assert not any(decide([], caller, key, operation).allowed for operation in OPERATIONS)
