# SPDX-License-Identifier: Apache-2.0
"""Authorities, session certificates and requests, byte for byte."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from cryptography.x509.verification import PolicyBuilder, Store
from identity_doubles import ADDRESS, MAC, NODE, NOW, make_csr, presented, uid

from skm_kms.errors import InvalidRequestError, TooLargeError
from skm_kms.identity import Authority, CertificateError, PeerCertificate, Purpose, new_authority
from skm_kms.identity.binding import BINDING_OID, Binding, decode_binding, encode_binding
from skm_kms.identity.csr import MAXIMUM_CSR, read_csr
from skm_kms.identity.internal_pki import LEAF_SECONDS, InternalIssuer
from skm_kms.identity.session_certificate import issue_session_certificate
from skm_kms.identity.spiffe import PodName, parse_spiffe

POD = PodName("orders", "orders-app", uid(1))
BINDING = Binding(NODE, MAC, "NodeAttested")


@pytest.fixture(scope="module")
def authority():
    made = new_authority(Purpose.SESSIONS, NOW)
    return Authority.load(made.certificate, made.key)


def issue(authority, lifetime=600.0, binding=BINDING):
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return issue_session_certificate(
        authority, key, POD, ADDRESS, binding, lifetime=lifetime, now=NOW
    )


def test_a_session_certificate_says_what_the_kms_saw(authority):
    pem = issue(authority).public_bytes(Encoding.PEM)
    seen = presented(pem)
    assert seen.pod == POD
    assert seen.ipv4 == (ADDRESS,)
    assert seen.binding == BINDING
    assert seen.authority == authority.identifier
    assert (seen.not_before, seen.not_after) == (NOW - 60, NOW + 600)


def test_a_session_certificate_is_for_clients_only_and_signs_nothing(authority):
    extensions = issue(authority).extensions
    uses = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not extensions.get_extension_for_oid(BINDING_OID).critical


def test_a_session_certificate_verifies_under_its_authority_alone(authority):
    leaf = issue(authority)
    root = x509.load_pem_x509_certificate(authority.certificate_pem)
    other = x509.load_der_x509_certificate(new_authority(Purpose.SESSIONS, NOW).certificate)
    moment = datetime.fromtimestamp(NOW, UTC)
    verifier = PolicyBuilder().store(Store([root])).time(moment).build_client_verifier()
    assert verifier.verify(leaf, []).subjects is not None
    stranger = PolicyBuilder().store(Store([other])).time(moment).build_client_verifier()
    with pytest.raises(x509.verification.VerificationError):
        stranger.verify(leaf, [])


@pytest.mark.parametrize(("asked", "given"), [(599.0, 599), (600.0, 600), (86400.0, 600)])
def test_no_session_certificate_lives_longer_than_ten_minutes(authority, asked, given):
    end = issue(authority, asked).not_valid_after_utc
    assert end == datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=given)


def test_a_leaf_never_outlives_its_authority():
    made = new_authority(Purpose.SESSIONS, NOW - 10 * 365 * 86400 + 100)
    leaf = issue(Authority.load(made.certificate, made.key))
    assert leaf.not_valid_after_utc.timestamp() == NOW + 100


def test_an_authority_is_refused_with_another_ones_key():
    one, other = (new_authority(Purpose.CLIENTS, NOW) for _ in range(2))
    with pytest.raises(CertificateError):
        Authority.load(one.certificate, other.key)
    with pytest.raises(CertificateError):
        Authority.load(b"", one.key)


def test_no_repr_shows_a_private_key():
    made = new_authority(Purpose.SESSIONS, NOW)
    assert made.key.hex() not in repr(made)
    assert repr(made.key) not in repr(made)


@pytest.mark.parametrize("mac", [MAC, None])
def test_a_binding_comes_back_as_it_went(mac):
    binding = Binding(NODE, mac, "NodeAttested" if mac else None)
    assert decode_binding(encode_binding(binding)) == binding


@pytest.mark.parametrize("junk", [b"", b"\x30\x00", encode_binding(BINDING) + b"\x00"])
def test_a_malformed_binding_is_no_binding(junk):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever asn1 says
        decode_binding(junk)


@pytest.mark.parametrize(
    "uri",
    [
        f"spiffe://skm.dev/ns/orders/sa/orders-app/pod/{uid(1)}/",
        f"spiffe://skm.dev/ns/orders/sa/orders-app/pod/{uid(1).upper()}X",
        f"spiffe://example.org/ns/orders/sa/orders-app/pod/{uid(1)}",
        f"spiffe://skm.dev/ns/a/b/sa/orders-app/pod/{uid(1)}",
        "spiffe://skm.dev/ns/orders/sa/orders-app",
        f"spiffe://skm.dev/ns/orders/sa/orders-app/pod/{uid(1)}\n",
    ],
)
def test_another_spiffe_id_names_no_pod(uri):
    assert parse_spiffe(uri) is None
    assert parse_spiffe(POD.spiffe()) == POD


def test_a_peer_certificate_that_is_none_is_refused():
    with pytest.raises(CertificateError):
        PeerCertificate.from_der(b"\x30\x03")


def csr_of(key, algorithm):
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, algorithm).public_bytes(Encoding.PEM)


def test_a_request_gives_its_key_and_no_name():
    key, pem = make_csr()
    assert read_csr(pem) == key.public_key()


def test_a_request_of_another_kind_of_key_is_refused():
    for key, algorithm in (
        (ed25519.Ed25519PrivateKey.generate(), None),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384()),
    ):
        with pytest.raises(InvalidRequestError, match="P-256"):
            read_csr(csr_of(key, algorithm))


def test_a_request_that_its_key_did_not_sign_is_refused():
    _, pem = make_csr()
    der = bytearray(x509.load_pem_x509_csr(pem).public_bytes(Encoding.DER))
    spki = x509.load_pem_x509_csr(pem).public_key().public_numbers().x.to_bytes(32, "big")
    other = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    start = der.index(spki)
    der[start : start + 64] = other.x.to_bytes(32, "big") + other.y.to_bytes(32, "big")
    forged = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)
    with pytest.raises(InvalidRequestError, match="not signed"):
        read_csr(forged)


@pytest.mark.parametrize("junk", [b"", b"x", b"-----BEGIN CERTIFICATE REQUEST-----\n"])
def test_what_is_no_request_is_refused(junk):
    with pytest.raises(InvalidRequestError):
        read_csr(junk)


def test_the_size_of_a_request_is_bounded_on_both_sides():
    _, pem = make_csr()
    assert read_csr(pem + b"\n" * (MAXIMUM_CSR - len(pem)))
    with pytest.raises(TooLargeError):
        read_csr(pem + b"\n" * (MAXIMUM_CSR - len(pem) + 1))


@pytest.fixture(scope="module")
def internal():
    made = new_authority(Purpose.SESSIONS, NOW, "internal")
    loaded = Authority.load(made.certificate, made.key)
    return InternalIssuer(loaded)


def leaf_names(pem):
    leaf = x509.load_pem_x509_certificate(pem)
    names = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    return set(names.get_values_for_type(x509.DNSName)), leaf


def test_the_server_certificate_names_every_service_and_lives_thirty_days(internal):
    pair = internal.server(NOW)
    names, leaf = leaf_names(pair.certificate)
    assert {"skm-kms.skm-system.svc", "skm-kms-replicas.skm-system.svc", "localhost"} <= names
    assert "skm-kms.skm-system.svc.cluster.local" in names
    assert leaf.not_valid_after_utc.timestamp() == NOW + LEAF_SECONDS
    assert NOW < pair.renew_at < NOW + LEAF_SECONDS
    assert pair.key.decode() not in repr(pair)


def test_the_client_certificate_is_no_server_certificate(internal):
    names, leaf = leaf_names(internal.client(NOW).certificate)
    uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert names == {"skm-kms"}
    assert list(uses) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_system_key_server_gets_its_own_names_whatever_it_asks_for(internal):
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    asked = x509.SubjectAlternativeName([x509.DNSName("skm-kms.skm-system.svc")])
    csr = builder.add_extension(asked, False).sign(key, hashes.SHA256())
    names, leaf = leaf_names(internal.sign_system_key(csr.public_bytes(Encoding.PEM), NOW))
    assert names == {
        "skm-system-key.skm-system-key.svc",
        "skm-system-key.skm-system-key.svc.cluster.local",
    }
    assert leaf.public_key() == key.public_key()
