# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_common.resources import (
    Authentication,
    KeystoreSpec,
    MacMethod,
    NotSupportedError,
    ResourceError,
    parse_keystore,
)

DAY = 86400
IPV4 = {"authentication": {"ipv4": {}}}


def refused(spec, field, words=""):
    with pytest.raises(ResourceError) as caught:
        parse_keystore(spec)
    assert caught.value.field == field
    assert words in caught.value.message
    return caught.value


def test_the_smallest_keystore_has_the_schemas_defaults():
    assert parse_keystore(IPV4) == KeystoreSpec(
        authentication=Authentication(client_certificate=False, ipv4=True, mac=None),
        delivery=("File",),
        on_termination="Drain",
        facts_max_age=30,
        max_offline=None,
        deletion_policy="Retain",
        deletion_waiting_period=7 * DAY,
    )


def test_every_field_is_read():
    spec = {
        "authentication": {
            "clientCertificate": {},
            "ipv4": {},
            "mac": {"minimumEvidence": "Declared", "acceptSelfDeclared": True},
        },
        "delivery": ["File"],
        "onTermination": "Revoke",
        "factsMaxAge": "1h",
        "maxOffline": "1h30m",
        "deletionPolicy": "Delete",
        "deletionWaitingPeriod": "24h",
    }
    found = parse_keystore(spec)
    assert found.authentication.selected == ("clientCertificate", "ipv4", "mac")
    assert found.authentication.mac == MacMethod("Declared", accept_self_declared=True)
    assert (found.facts_max_age, found.max_offline) == (3600, 5400)
    assert (found.on_termination, found.deletion_policy) == ("Revoke", "Delete")
    assert found.deletion_waiting_period == DAY


@pytest.mark.parametrize("method", ["clientCertificate", "ipv4", "mac"])
def test_one_method_is_enough(method):
    assert parse_keystore({"authentication": {method: {}}}).authentication.selected == (method,)


def test_the_mac_method_asks_for_attestation_unless_told_otherwise():
    assert parse_keystore({"authentication": {"mac": {}}}).authentication.mac == MacMethod(
        "NodeAttested", accept_self_declared=False
    )


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (None, "spec.authentication"),
        ([], "spec.authentication"),
        ({}, "spec.authentication"),
        ({"password": {}}, "spec.authentication.password"),
        ({"ipv4": None}, "spec.authentication.ipv4"),
        ({"ipv4": {"x": 1}}, "spec.authentication.ipv4.x"),
        ({"clientCertificate": {"x": 1}}, "spec.authentication.clientCertificate.x"),
        ({"mac": {"x": 1}}, "spec.authentication.mac.x"),
        ({"mac": {"minimumEvidence": "None"}}, "spec.authentication.mac.minimumEvidence"),
        ({"mac": {"acceptSelfDeclared": "true"}}, "spec.authentication.mac.acceptSelfDeclared"),
    ],
)
def test_methods_that_can_not_be_read_are_refused_where_they_stand(document, field):
    refused({"authentication": document}, field)


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        ("factsMaxAge", "30s", "29s"),
        ("factsMaxAge", "1h", "3601s"),
        ("maxOffline", "60s", "59s"),
        ("maxOffline", "8784h", "8784h1s"),
        ("deletionWaitingPeriod", "24h", "23h59m59s"),
        ("deletionWaitingPeriod", "8784h", "8784h1s"),
    ],
)
def test_durations_have_both_bounds(field, inside, outside):
    parse_keystore({**IPV4, field: inside})
    refused({**IPV4, field: outside}, f"spec.{field}", "must be from")


@pytest.mark.parametrize(
    "text", ["7d", "1 h", "1.5h", "-1h", "1H", "", "h", "3600", 30, None, "1h\n"]
)
def test_what_is_no_duration_is_refused(text):
    refused({**IPV4, "factsMaxAge": text}, "spec.factsMaxAge", "must be a duration such as")


def test_the_digits_of_a_duration_are_counted_before_they_are_read():
    parse_keystore({**IPV4, "factsMaxAge": "000000030s"})
    refused({**IPV4, "factsMaxAge": "0000000030s"}, "spec.factsMaxAge", "must be a duration")
    refused({**IPV4, "factsMaxAge": "9" * 10000 + "s"}, "spec.factsMaxAge", "must be a duration")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("onTermination", "Kill", "Drain, Revoke"),
        ("onTermination", None, "Drain, Revoke"),
        ("deletionPolicy", "Orphan", "Retain, Delete"),
        ("deletionPolicy", ["Retain"], "Retain, Delete"),
        ("delivery", [], "1 to 2 items"),
        ("delivery", ["File"] * 3, "1 to 2 items"),
        ("delivery", "File", "1 to 2 items"),
        ("delivery", ["Disk"], "File, Environment"),
    ],
)
def test_a_choice_names_what_is_known(field, value, words):
    refused({**IPV4, field: value}, f"spec.{field}", words)


@pytest.mark.parametrize("field", ["authentification", "Delivery", "name"])
def test_an_unknown_field_is_refused_with_the_known_ones(field):
    assert "authentication" in refused({**IPV4, field: 1}, f"spec.{field}", "unknown field").message


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"approval": {"approverSet": "a"}}, "spec.approval"),
        ({"approval": None}, "spec.approval"),
        ({"delivery": ["File", "Environment"]}, "spec.delivery: Environment"),
    ],
)
def test_what_is_not_built_is_not_supported(spec, field):
    error = refused({**IPV4, **spec}, field, "is not supported by this version yet; remove it")
    assert isinstance(error, NotSupportedError)
    assert error.reason == "NotSupported"
