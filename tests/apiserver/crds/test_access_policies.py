# SPDX-License-Identifier: Apache-2.0
"""AccessPolicies: each rule of the schema on both sides of its edge."""

from typing import Any

import pytest

from skm_common.resources import OPERATIONS

WORKLOAD = {"workload": {"serviceAccountName": "orders-app"}}
CLIENT = {"client": {"name": "billing-vm"}}


def rule(keys: list[str], operations: list[str] | None = None) -> dict[str, Any]:
    return {"rules": [{"keys": keys, "operations": operations or ["ReadSecret"]}]}


def test_everything_that_design_shows_is_accepted(person):
    selected = {"serviceAccountName": "a", "podSelector": {"matchLabels": {"app": "orders"}}}
    answer = person.create(
        "AccessPolicy",
        subjects=[{"workload": selected}, CLIENT],
        ipv4={"cidrs": ["10.244.0.0/16"]},
        rules=[{"keys": ["*"], "operations": list(OPERATIONS)}],
    )
    assert answer.status == 201, answer.message


@pytest.mark.parametrize("subject", [WORKLOAD, CLIENT])
def test_a_subject_is_a_workload_or_a_client(person, subject):
    assert person.create("AccessPolicy", subjects=[subject]).status == 201


@pytest.mark.parametrize("subject", [{}, {**WORKLOAD, **CLIENT}])
def test_a_subject_is_not_both_and_not_nothing(person, refuses, subject):
    answer = person.create("AccessPolicy", subjects=[WORKLOAD, subject])
    words = "write exactly one of workload and client in each subject"
    refuses(answer, "spec.subjects[1]", words)


def test_a_selector_knows_only_labels_that_match(person):
    """An expression that nobody looks at would promise a restriction: it is refused."""
    selector = {"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    workload = {"serviceAccountName": "a", "podSelector": selector}
    answer = person.create("AccessPolicy", subjects=[{"workload": workload}])
    assert answer.status == 400
    assert "unknown field" in answer.message


@pytest.mark.parametrize("cidr", ["10.244.0.0/16", "0.0.0.0/0", "10.244.1.7/32"])
def test_a_network_is_accepted(person, cidr):
    assert person.create("AccessPolicy", ipv4={"cidrs": [cidr]}).status == 201


@pytest.mark.parametrize(
    "cidr",
    [
        "10.244.0.1/16",
        "10.244.0.0",
        "10.0.0.0/33",
        "::/0",
        "::ffff:10.0.0.0/112",
        "010.0.0.0/8",
        "",
    ],
)
def test_what_is_no_ipv4_network_is_refused(person, cidr):
    answer = person.create("AccessPolicy", ipv4={"cidrs": [cidr]})
    assert answer.status == 422
    told = {cause["field"] for cause in answer.body["details"]["causes"]}
    assert "spec.ipv4.cidrs[0]" in told


def test_a_network_with_host_bits_is_told_what_to_write(person, refuses):
    answer = person.create("AccessPolicy", ipv4={"cidrs": ["10.244.0.1/16"]})
    words = "write an IPv4 network with no host bits set, such as 10.244.0.0/16"
    refuses(answer, "spec.ipv4.cidrs[0]", words)


def test_an_empty_restriction_is_refused(person, refuses):
    refuses(person.create("AccessPolicy", ipv4={"cidrs": []}), "spec.ipv4.cidrs", "at least 1")
    refuses(person.create("AccessPolicy", ipv4={}), "spec.ipv4.cidrs", "Required")


@pytest.mark.parametrize("keys", [["*"], ["a"], ["a", "b-1"], ["a" * 63]])
def test_keys_are_names_or_a_star_by_itself(person, keys):
    assert person.create("AccessPolicy", **rule(keys)).status == 201


@pytest.mark.parametrize("keys", [["*", "a"], ["a", "*"]])
def test_a_star_stands_only_by_itself(person, refuses, keys):
    words = '"*" stands only by itself; remove the other names'
    refuses(person.create("AccessPolicy", **rule(keys)), "spec.rules[0].keys", words)


@pytest.mark.parametrize("key", ["orders-*", "**", "", "A", "a.b", "-a", "a-", "a\n"])
def test_a_name_holds_no_wildcard(person, refuses, key):
    answer = person.create("AccessPolicy", **rule([key]))
    refuses(answer, "spec.rules[0].keys[0]", "write the name of a Key")


def test_a_keys_name_has_at_most_63_characters(person, refuses):
    answer = person.create("AccessPolicy", **rule(["a" * 64]))
    refuses(answer, "spec.rules[0].keys[0]", "may not be more than 63")


def test_operations_are_a_set_of_known_words(person, refuses):
    answer = person.create("AccessPolicy", **rule(["a"], ["Read"]))
    refuses(answer, "spec.rules[0].operations[0]", "ReadSecret")
    answer = person.create("AccessPolicy", **rule(["a"], ["Sign", "Sign"]))
    refuses(answer, "spec.rules[0].operations[1]", "Duplicate")


@pytest.mark.parametrize(
    ("field", "item"),
    [
        ("subjects", WORKLOAD),
        ("rules", {"keys": ["a"], "operations": ["ReadSecret"]}),
    ],
)
def test_a_list_has_1_to_64_items(person, refuses, field, item):
    assert person.create("AccessPolicy", "full", **{field: [item] * 64}).status == 201
    over = person.create("AccessPolicy", **{field: [item] * 65})
    refuses(over, f"spec.{field}", "must have at most 64 items")
    refuses(person.create("AccessPolicy", **{field: []}), f"spec.{field}", "at least 1")


def test_the_keystore_is_for_ever(person, refuses):
    person.create("AccessPolicy")
    answer = person.edit("AccessPolicy", {"keystoreRef": {"name": "other"}})
    words = "keystoreRef can't be changed; make a new AccessPolicy"
    refuses(answer, "spec.keystoreRef", words)
