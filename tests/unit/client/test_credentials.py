# SPDX-License-Identifier: Apache-2.0
import pytest
import trustme

from skm_client import Credentials, CredentialsError, client_context
from skm_client.credentials import parse_credentials, read_credentials


@pytest.fixture(scope="module")
def credentials():
    authority = trustme.CA()
    leaf = authority.issue_cert(common_name="alice")
    return Credentials(
        name="alice",
        server_name="skm-kms.skm-system.svc",
        key=leaf.private_key_pem.bytes().decode(),
        certificate=leaf.cert_chain_pems[0].bytes().decode(),
        ca_bundle=authority.cert_pem.bytes().decode() * 2,
    )


def test_what_is_written_is_read_again(credentials):
    found = parse_credentials(credentials.pem(), "here")
    assert (found.name, found.server_name) == ("alice", "skm-kms.skm-system.svc")
    assert found.key.strip() == credentials.key.strip()
    assert found.certificate.strip() == credentials.certificate.strip()
    assert found.ca_bundle.strip() == credentials.ca_bundle.strip()


def test_the_file_itself_is_a_chain_for_tls(credentials, tmp_path):
    path = tmp_path / "alice.pem"
    path.write_text(credentials.pem())
    assert client_context(credentials.ca_bundle, path)


def test_no_repr_shows_the_key(credentials):
    secret = credentials.key.splitlines()[1]
    assert secret not in repr(credentials)
    assert secret not in str(credentials)


@pytest.mark.parametrize("missing", ["key", "certificate", "ca"])
def test_an_incomplete_file_says_what_belongs_into_it(credentials, missing):
    parts = {"key": credentials.key, "certificate": credentials.certificate}
    if missing == "key":
        parts["ca"] = credentials.ca_bundle
    text = "".join(part for name, part in parts.items() if name != missing)
    with pytest.raises(CredentialsError, match="one private key") as caught:
        parse_credentials(text, "here")
    assert credentials.key.splitlines()[1] not in str(caught.value)


def test_two_keys_are_one_too_many(credentials):
    with pytest.raises(CredentialsError):
        parse_credentials(credentials.pem() + credentials.key, "here")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CredentialsError, match=r"nobody\.pem"):
        read_credentials(tmp_path / "nobody.pem")


def test_binary_rubbish_is_no_credentials_file(tmp_path):
    path = tmp_path / "rubbish.pem"
    path.write_bytes(b"\xff\x00")
    with pytest.raises(CredentialsError, match="can't be read"):
        read_credentials(path)


def test_certificates_that_are_none_are_refused():
    with pytest.raises(CredentialsError, match="can't be used"):
        client_context("no certificate")
