# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_common.resources import (
    OPERATIONS,
    AccessPolicySpec,
    NotSupportedError,
    ResourceError,
    Rule,
    WorkloadSubject,
    parse_access_policy,
)

WORKLOAD = {"workload": {"serviceAccountName": "orders-app"}}
RULE = {"keys": ["orders-db"], "operations": ["ReadSecret"]}
POLICY = {"keystoreRef": {"name": "orders"}, "subjects": [WORKLOAD], "rules": [RULE]}
BUILT = {"ReadSecret", "WriteSecret", "Encrypt", "Decrypt", "ReadMetadata"}


def refused(spec, field, words=""):
    with pytest.raises(ResourceError) as caught:
        parse_access_policy({**POLICY, **spec})
    assert caught.value.field == field
    assert words in caught.value.message
    return caught.value


def workload(**fields):
    return {"subjects": [{"workload": {"serviceAccountName": "a", **fields}}]}


def test_everything_is_read_and_put_in_order():
    spec = {
        **POLICY,
        **workload(podSelector={"matchLabels": {"b": "2", "a": ""}}),
        "ipv4": {"cidrs": ["10.1.0.0/16", "10.0.0.0/16", "10.0.0.0/16"]},
        "rules": [{"keys": ["b", "a", "b"], "operations": ["ReadSecret", "Decrypt"]}],
    }
    assert parse_access_policy(spec) == AccessPolicySpec(
        keystore="orders",
        subjects=(WorkloadSubject("a", (("a", ""), ("b", "2"))),),
        rules=(Rule(("a", "b"), ("Decrypt", "ReadSecret")),),
        cidrs=("10.0.0.0/16", "10.1.0.0/16"),
    )


@pytest.mark.parametrize("selector", [None, {}, {"matchLabels": {}}])
def test_no_labels_select_every_pod_of_the_account(selector):
    spec = {**POLICY, **workload(podSelector=selector)}
    assert parse_access_policy(spec).subjects[0].labels == ()


@pytest.mark.parametrize("operation", sorted(BUILT))
def test_what_is_built_is_allowed(operation):
    spec = {**POLICY, "rules": [{**RULE, "operations": [operation]}]}
    assert parse_access_policy(spec).rules[0].operations == (operation,)


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name not in BUILT])
def test_what_is_not_built_is_not_supported(operation):
    error = refused(
        {"rules": [{**RULE, "operations": ["ReadSecret", operation]}]},
        f"spec.rules[0].operations: {operation}",
    )
    assert isinstance(error, NotSupportedError)


def test_a_registered_client_is_not_supported():
    error = refused({"subjects": [WORKLOAD, {"client": {"name": "x"}}]}, "spec.subjects[1].client")
    assert isinstance(error, NotSupportedError)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"keystoreRef": "orders"}, "spec.keystoreRef"),
        ({"subjects": None}, "spec.subjects"),
        ({"subjects": []}, "spec.subjects"),
        ({"subjects": {}}, "spec.subjects"),
        ({"subjects": [WORKLOAD, 1]}, "spec.subjects[1]"),
        ({"subjects": [{}]}, "spec.subjects[0]"),
        ({"subjects": [{**WORKLOAD, "client": {}}]}, "spec.subjects[0]"),
        ({"subjects": [{"user": {}}]}, "spec.subjects[0].user"),
        ({"subjects": [{"workload": None}]}, "spec.subjects[0].workload"),
        ({"subjects": [{"workload": {}}]}, "spec.subjects[0].workload.serviceAccountName"),
        (workload(namespace="x"), "spec.subjects[0].workload.namespace"),
        (workload(podSelector=[]), "spec.subjects[0].workload.podSelector"),
        (
            workload(podSelector={"matchExpressions": []}),
            "spec.subjects[0].workload.podSelector.matchExpressions",
        ),
        (
            workload(podSelector={"matchLabels": {"a": 1}}),
            "spec.subjects[0].workload.podSelector.matchLabels",
        ),
        ({"rules": None}, "spec.rules"),
        ({"rules": []}, "spec.rules"),
        ({"rules": [RULE, "x"]}, "spec.rules[1]"),
        ({"rules": [{**RULE, "deny": True}]}, "spec.rules[0].deny"),
        ({"rules": [{"operations": ["ReadSecret"]}]}, "spec.rules[0].keys"),
        ({"rules": [{"keys": ["a"]}]}, "spec.rules[0].operations"),
        ({"rules": [{**RULE, "keys": []}]}, "spec.rules[0].keys"),
        ({"rules": [{**RULE, "keys": "*"}]}, "spec.rules[0].keys"),
        ({"rules": [{**RULE, "keys": [1]}]}, "spec.rules[0].keys"),
        ({"rules": [{**RULE, "operations": []}]}, "spec.rules[0].operations"),
        ({"rules": [{**RULE, "operations": ["Read"]}]}, "spec.rules[0].operations"),
        ({"rules": [{**RULE, "operations": ["*"]}]}, "spec.rules[0].operations"),
        ({"ipv4": []}, "spec.ipv4"),
        ({"ipv4": {}}, "spec.ipv4.cidrs"),
        ({"ipv4": {"cidrs": []}}, "spec.ipv4.cidrs"),
        ({"ipv4": {"cidrs": [], "except": []}}, "spec.ipv4.except"),
        ({"effect": "Deny"}, "spec.effect"),
    ],
)
def test_what_can_not_be_read_is_refused_where_it_stands(spec, field):
    refused(spec, field)


@pytest.mark.parametrize("keys", [["*", "a"], ["a", "*"], ["*", "*"]])
def test_a_star_stands_only_by_itself(keys):
    refused({"rules": [{**RULE, "keys": keys}]}, "spec.rules[0].keys", "stands only by itself")


@pytest.mark.parametrize("key", ["orders-*", "**", "", "A", "a.b", "a\n", "x" * 64])
def test_a_name_is_a_label_without_a_wildcard(key):
    refused({"rules": [{**RULE, "keys": [key]}]}, "spec.rules[0].keys", "DNS label")


@pytest.mark.parametrize(
    "cidr", ["10.0.0.1/16", "::/0", "10.0.0.0/33", "10.0.0/8", "", "a", 1, None, "10.0.0.0/8 "]
)
def test_what_is_no_ipv4_network_is_refused(cidr):
    refused({"ipv4": {"cidrs": [cidr]}}, "spec.ipv4.cidrs")


@pytest.mark.parametrize(("field", "item"), [("subjects", WORKLOAD), ("rules", RULE)])
def test_a_list_has_at_most_64_items(field, item):
    assert parse_access_policy({**POLICY, field: [item] * 64})
    refused({field: [item] * 65}, f"spec.{field}", "1 to 64 items")


def test_a_selector_has_at_most_32_labels():
    def labels(count):
        return workload(podSelector={"matchLabels": {f"l{n}": "v" for n in range(count)}})

    assert parse_access_policy({**POLICY, **labels(32)})
    refused(labels(33), "spec.subjects[0].workload.podSelector.matchLabels", "at most 32")
