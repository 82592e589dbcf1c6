# SPDX-License-Identifier: Apache-2.0
import base64
from datetime import UTC, datetime, timedelta

import pytest

from skm_operator.webhook_pki.certificates import (
    CA_LIFE,
    SERVING_LIFE,
    is_issued_by,
    read_certificate,
)
from skm_operator.webhook_pki.plan import (
    authority_data,
    bundle_patch,
    is_served,
    serving_data,
    trust_bundle,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATE = NOW + CA_LIFE * 0.7
NAMES = ["skm-webhook.skm-system.svc"]


@pytest.fixture(scope="module")
def authority():
    return authority_data({}, NOW)


@pytest.fixture(scope="module")
def serving(authority):
    return serving_data({}, authority, NAMES, NOW)


def leaf(data):
    return read_certificate(data["tls.crt"])


def test_empty_secrets_are_filled(authority, serving):
    assert set(authority) == set(serving) == {"tls.crt", "tls.key"}
    assert is_issued_by(leaf(serving), leaf(authority))


def test_what_is_good_stays_byte_for_byte(authority, serving):
    assert authority_data(authority, NOW + timedelta(days=1)) == authority
    assert serving_data(serving, authority, NAMES, NOW + timedelta(days=1)) == serving


@pytest.mark.parametrize("spoilt", [{"tls.crt": b"x"}, {"tls.key": b"x"}, {"tls.crt": b""}])
def test_a_spoilt_secret_is_made_anew(authority, serving, spoilt):
    assert leaf(authority_data({**authority, **spoilt}, NOW)) != leaf(authority)
    assert leaf(serving_data({**serving, **spoilt}, authority, NAMES, NOW)) != leaf(serving)


def test_a_due_ca_is_followed_by_another_and_both_are_trusted(authority):
    after = authority_data(authority, LATE)
    assert leaf(after) != leaf(authority)
    assert after["previous.crt"] == authority["tls.crt"]
    assert trust_bundle(after) == after["tls.crt"] + authority["tls.crt"]
    assert authority_data(after, LATE + timedelta(days=1)) == after


def test_the_old_ca_is_trusted_until_it_ends_and_no_longer(authority):
    after = authority_data(authority, LATE)
    end = leaf(authority).not_valid_after_utc
    assert "previous.crt" in authority_data(after, end - timedelta(seconds=1))
    assert "previous.crt" not in authority_data(after, end)


def test_the_old_serving_certificate_works_under_the_new_bundle(authority):
    serving = serving_data({}, authority, NAMES, LATE - timedelta(days=1))
    after = authority_data(authority, LATE)
    assert is_served(serving, trust_bundle(after), NAMES, LATE)
    renewed = serving_data(serving, after, NAMES, LATE)
    assert is_issued_by(leaf(renewed), leaf(after))
    assert is_served(renewed, trust_bundle(after), NAMES, LATE)
    assert not is_served(renewed, trust_bundle(authority), NAMES, LATE)


def test_a_serving_certificate_is_renewed_at_two_thirds(authority, serving):
    later = NOW + SERVING_LIFE * 0.6
    assert serving_data(serving, authority, NAMES, later) == serving
    later = NOW + SERVING_LIFE * 0.7
    assert serving_data(serving, authority, NAMES, later) != serving


def test_another_name_needs_another_certificate(authority, serving):
    assert serving_data(serving, authority, ["other"], NOW) != serving
    assert not is_served(serving, trust_bundle(authority), ["other"], NOW)


def test_nothing_is_served_from_an_empty_or_an_ended_secret(authority, serving):
    bundle = trust_bundle(authority)
    assert is_served(serving, bundle, NAMES, NOW)
    assert not is_served({}, bundle, NAMES, NOW)
    assert not is_served(serving, bundle, NAMES, leaf(serving).not_valid_after_utc)


def test_the_patch_names_each_webhook_that_lacks_the_bundle():
    bundle = b"pem"
    encoded = base64.b64encode(bundle).decode()
    configuration = {
        "webhooks": [
            {"name": "a", "clientConfig": {}},
            {"name": "b", "clientConfig": {"caBundle": encoded}},
            {"name": "c", "clientConfig": {"caBundle": "b2xk"}},
        ]
    }
    assert bundle_patch(configuration, bundle) == [
        {"op": "test", "path": "/webhooks/0/name", "value": "a"},
        {"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": encoded},
        {"op": "test", "path": "/webhooks/2/name", "value": "c"},
        {"op": "add", "path": "/webhooks/2/clientConfig/caBundle", "value": encoded},
    ]


def test_no_configuration_needs_no_patch():
    assert bundle_patch({}, b"pem") == []
    assert bundle_patch({"webhooks": None}, b"pem") == []
