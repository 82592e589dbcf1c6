# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from skm_operator.webhook_pki.certificates import (
    CertificateError,
    is_due,
    is_issued_by,
    is_valid,
    issue_serving,
    new_authority,
    read_certificate,
    read_pair,
    serves,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ["skm-webhook.skm-system.svc", "skm-webhook.skm-system.svc.cluster.local"]


@pytest.fixture(scope="module")
def authority():
    return new_authority(NOW)


@pytest.fixture(scope="module")
def serving(authority):
    return issue_serving(authority, NAMES, NOW)


def verifier(authority, now=NOW):
    store = Store([authority.certificate])
    subject = x509.DNSName(NAMES[0])
    return PolicyBuilder().store(store).time(now).build_server_verifier(subject)


def test_a_strict_verifier_accepts_the_chain(authority, serving):
    chain = verifier(authority).verify(serving.certificate, [])
    assert chain == [serving.certificate, authority.certificate]


def test_it_does_not_accept_another_ca(serving):
    with pytest.raises(VerificationError):
        verifier(new_authority(NOW)).verify(serving.certificate, [])


def test_the_ca_signs_servers_only_and_no_other_ca(authority):
    constraints = authority.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)


def test_a_pair_survives_its_files(serving):
    again = read_pair(serving.certificate_pem, serving.key_pem)
    assert again.certificate == serving.certificate
    assert serves(again.certificate, NAMES)


def test_a_pair_does_not_show_its_key(serving):
    assert "PRIVATE" not in repr(serving)
    assert serving.key_pem.decode().splitlines()[1] not in repr(serving)


@pytest.mark.parametrize("text", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_no_certificate_is_refused(serving, text):
    with pytest.raises(CertificateError):
        read_certificate(text)
    with pytest.raises(CertificateError):
        read_pair(serving.certificate_pem, text)


def test_a_key_of_another_certificate_is_refused(authority, serving):
    with pytest.raises(CertificateError, match="belong together"):
        read_pair(authority.certificate_pem, serving.key_pem)


def test_a_key_of_another_kind_is_refused(serving):
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(CertificateError, match="elliptic"):
        read_pair(serving.certificate_pem, key)


def test_two_thirds_of_a_life_and_then_it_is_due(serving):
    certificate = serving.certificate
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    edge = begin + (end - begin) * 2 / 3
    assert not is_due(certificate, begin)
    assert not is_due(certificate, edge - timedelta(seconds=1))
    assert is_due(certificate, edge)
    assert is_due(certificate, end)
    assert is_due(certificate, begin - timedelta(seconds=1))


def test_validity_has_both_edges(serving):
    certificate = serving.certificate
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    assert is_valid(certificate, begin)
    assert is_valid(certificate, end - timedelta(seconds=1))
    assert not is_valid(certificate, begin - timedelta(seconds=1))
    assert not is_valid(certificate, end)


def test_a_clock_that_is_five_minutes_late_sees_it_valid(serving):
    assert is_valid(serving.certificate, NOW - timedelta(minutes=5))


def test_an_issuer_is_known_by_its_signature_not_by_its_name(authority, serving):
    assert is_issued_by(serving.certificate, authority.certificate)
    assert not is_issued_by(serving.certificate, new_authority(NOW).certificate)


def test_names_must_be_these_and_no_others(authority, serving):
    assert not serves(serving.certificate, NAMES[:1])
    assert not serves(serving.certificate, [*NAMES, "other"])
    assert not serves(authority.certificate, NAMES)
