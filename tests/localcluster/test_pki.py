# SPDX-License-Identifier: Apache-2.0
import datetime
import stat
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from localcluster.pki import Authority, Leaf, ensure_signing_key

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def policy(folder: Path) -> PolicyBuilder:
    return PolicyBuilder().store(Store([load(folder / "ca.crt")])).time(NOW)


def test_a_server_is_verified_by_each_of_its_names(tmp_path: Path) -> None:
    names = ("node0", IPv4Address("10.200.0.10"))
    Authority(tmp_path, "ca", NOW).issue(Leaf("server", "node0", names=names))
    leaf = load(tmp_path / "server.crt")
    for subject in (x509.DNSName("node0"), x509.IPAddress(names[1])):
        assert policy(tmp_path).build_server_verifier(subject).verify(leaf, [])
    other = policy(tmp_path).build_server_verifier(x509.DNSName("node1"))
    with pytest.raises(VerificationError):
        other.verify(leaf, [])


def test_a_client_is_no_server(tmp_path: Path) -> None:
    Authority(tmp_path, "ca", NOW).issue(Leaf("client", "admin", "system:masters"))
    leaf = load(tmp_path / "client.crt")
    subject = {one.rfc4514_attribute_name: one.value for one in leaf.subject}
    assert subject == {"O": "system:masters", "CN": "admin"}
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_authority_lasts_and_another_is_not_trusted(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Authority(tmp_path, "ca", NOW)
    before = (tmp_path / "ca.crt").read_bytes()
    Authority(tmp_path, "ca", NOW).issue(Leaf("x", "x", names=("x",)))
    assert (tmp_path / "ca.crt").read_bytes() == before
    Authority(other, "ca", NOW)
    with pytest.raises(VerificationError):
        policy(other).build_server_verifier(x509.DNSName("x")).verify(load(tmp_path / "x.crt"), [])


def test_private_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    Authority(tmp_path, "ca", NOW).issue(Leaf("x", "x"))
    ensure_signing_key(tmp_path, "tokens")
    keys = sorted(tmp_path.glob("*.key"))
    assert [key.name for key in keys] == ["ca.key", "tokens.key", "x.key"]
    assert all(stat.S_IMODE(key.stat().st_mode) == 0o600 for key in keys)


def test_the_signing_key_is_made_once(tmp_path: Path) -> None:
    ensure_signing_key(tmp_path, "tokens")
    before = (tmp_path / "tokens.key").read_bytes()
    ensure_signing_key(tmp_path, "tokens")
    assert (tmp_path / "tokens.key").read_bytes() == before
