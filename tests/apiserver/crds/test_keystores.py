# SPDX-License-Identifier: Apache-2.0
"""Keystores: each rule of the schema on both sides of its edge."""

import pytest


def test_the_defaults_are_written_into_the_object(person):
    answer = person.create("Keystore", authentication={"mac": {}})
    assert answer.status == 201
    assert answer.body["spec"] == {
        "authentication": {"mac": {"minimumEvidence": "NodeAttested", "acceptSelfDeclared": False}},
        "delivery": ["File"],
        "onTermination": "Drain",
        "factsMaxAge": "30s",
        "deletionPolicy": "Retain",
        "deletionWaitingPeriod": "168h",
    }


def test_everything_that_design_shows_is_accepted(person):
    answer = person.create(
        "Keystore",
        authentication={
            "clientCertificate": {},
            "ipv4": {},
            "mac": {"minimumEvidence": "Declared"},
        },
        delivery=["File", "Environment"],
        onTermination="Revoke",
        factsMaxAge="10m",
        maxOffline="24h",
        approval={"approverSet": "security"},
        deletionPolicy="Delete",
        deletionWaitingPeriod="24h",
    )
    assert answer.status == 201
    assert answer.body["spec"]["approval"]["minimumApprovals"] == 1


@pytest.mark.parametrize("method", ["clientCertificate", "ipv4", "mac"])
def test_one_method_is_enough(person, method):
    assert person.create("Keystore", authentication={method: {}}).status == 201


def test_no_method_is_refused(person, refuses):
    answer = person.create("Keystore", authentication={})
    refuses(answer, "spec.authentication", "select at least one authentication method; write")


def test_the_last_method_can_not_be_taken_away(person, refuses):
    person.create("Keystore")
    refuses(
        person.edit("Keystore", {"authentication": {"ipv4": None}}),
        "spec.authentication",
        "select at least one",
    )
    both = {"authentication": {"ipv4": None, "clientCertificate": {}}}
    assert person.edit("Keystore", both).status == 200


DURATIONS = [
    ("factsMaxAge", "30s", "29s", "from 30s to 1h"),
    ("factsMaxAge", "1h", "3601s", "from 30s to 1h"),
    ("factsMaxAge", "0h0m30s", "0s", "from 30s to 1h"),
    ("maxOffline", "1m", "59s", "from 1m to 8784h"),
    ("maxOffline", "8784h", "8784h1s", "from 1m to 8784h"),
    ("deletionWaitingPeriod", "24h", "23h59m59s", "from 24h to 8784h"),
    ("deletionWaitingPeriod", "31622400s", "31622401s", "from 24h to 8784h"),
]


@pytest.mark.parametrize(("field", "inside", "outside", "words"), DURATIONS)
def test_a_duration_has_both_bounds(person, refuses, field, inside, outside, words):
    assert person.create("Keystore", "inside", **{field: inside}).status == 201
    answer = person.create("Keystore", "outside", **{field: outside})
    refuses(answer, f"spec.{field}", f"write hours, minutes and seconds {words}")


@pytest.mark.parametrize(
    "text", ["7d", "1 h", " 1h", "1h ", "1.5h", "-1h", "1H", "h", "3600", "", "1ms", "1h\n"]
)
@pytest.mark.parametrize("field", ["factsMaxAge", "maxOffline", "deletionWaitingPeriod"])
def test_what_is_no_duration_is_refused(person, refuses, field, text):
    refuses(person.create("Keystore", **{field: text}), f"spec.{field}", "write hours, minutes")


@pytest.mark.parametrize("text", ["9999999h", "99999999999s", "999999h999999h9h", "9999999m"])
def test_a_duration_too_large_to_count_is_refused_with_the_same_words(person, refuses, text):
    refuses(person.create("Keystore", maxOffline=text), "spec.maxOffline", "write hours, minutes")


def test_a_duration_has_at_most_sixteen_characters(person, refuses):
    assert person.create("Keystore", maxOffline="0h0h0h0h0h0h024h").status == 201
    answer = person.create("Keystore", maxOffline="0h0h0h0h0h0h0024h")
    refuses(answer, "spec.maxOffline", "may not be more than 16")


def test_delivery_is_a_set_of_two_words(person, refuses):
    assert person.create("Keystore", "one", delivery=["Environment"]).status == 201
    refuses(person.create("Keystore", delivery=[]), "spec.delivery", "at least 1")
    refuses(person.create("Keystore", delivery=["File", "File"]), "spec.delivery[1]", "Duplicate")
    refuses(person.create("Keystore", delivery=["Disk"]), "spec.delivery[0]", "File")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("onTermination", "Kill", '"Drain", "Revoke"'),
        ("deletionPolicy", "Orphan", '"Retain", "Delete"'),
    ],
)
def test_a_choice_names_the_words_that_are_known(person, refuses, field, value, words):
    refuses(person.create("Keystore", **{field: value}), f"spec.{field}", words)


def test_approvals_have_a_set_and_a_number(person, refuses):
    for number in (1, 16):
        approval = {"approverSet": "security", "minimumApprovals": number}
        assert person.create("Keystore", f"n{number}", approval=approval).status == 201
    for number, words in ((0, "greater than or equal to 1"), (17, "less than or equal to 16")):
        approval = {"approverSet": "security", "minimumApprovals": number}
        answer = person.create("Keystore", approval=approval)
        refuses(answer, "spec.approval.minimumApprovals", words)
    answer = person.create("Keystore", approval={"approverSet": "No Set"})
    refuses(answer, "spec.approval.approverSet", "write the name of an approver set")


def test_an_unknown_field_is_refused(person):
    answer = person.create("Keystore", authentification={"ipv4": {}})
    assert answer.status == 400
    assert 'unknown field "spec.authentification"' in answer.message
