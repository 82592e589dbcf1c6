# SPDX-License-Identifier: Apache-2.0
"""The KMS's own leaves while the mounted internal CA changes under it."""

import pytest
from identity_doubles import NOW, HandClock

from skm_kms.api.certificates import Certificates
from skm_kms.identity import CertificateError
from skm_kms.install.ca import make_ca


@pytest.fixture
def mount(tmp_path):
    """Puts the parts of a CA where the kubelet would."""

    def put(certificate=None, key=None):
        for name, content in (("tls.crt", certificate), ("tls.key", key)):
            if content is not None:
                (tmp_path / name).write_bytes(content)

    return put


def test_another_ca_is_taken_at_the_next_look(mount, tmp_path):
    first, second = make_ca(1, NOW), make_ca(2, NOW)
    mount(first.certificate, first.key)
    certificates = Certificates(tmp_path, tmp_path / "none", HandClock())
    mount(second.certificate, second.key)
    certificates.look()
    assert certificates.issuer.ca_pem == second.certificate


def test_a_half_mounted_ca_is_said_at_every_look_and_the_one_before_serves(mount, tmp_path):
    first, second = make_ca(1, NOW), make_ca(2, NOW)
    mount(first.certificate, first.key)
    certificates = Certificates(tmp_path, tmp_path / "none", HandClock())
    mount(certificate=second.certificate)
    for _ in range(2):
        with pytest.raises(CertificateError):
            certificates.look()
        assert certificates.issuer.ca_pem == first.certificate
    mount(key=second.key)
    certificates.look()
    assert certificates.issuer.ca_pem == second.certificate


def test_leaves_are_renewed_when_half_their_life_is_over(mount, tmp_path):
    ca, clock = make_ca(1, NOW), HandClock()
    mount(ca.certificate, ca.key)
    certificates = Certificates(tmp_path, tmp_path / "none", clock)
    before = certificates.issuer
    clock.advance(15 * 86400 - 1)
    certificates.look()
    assert certificates.issuer is before
    clock.advance(1)
    certificates.look()
    assert certificates.issuer is not before


def test_without_a_published_bundle_clients_trust_the_mounted_ca(mount, tmp_path):
    ca = make_ca(1, NOW)
    mount(ca.certificate, ca.key)
    bundle = tmp_path / "ca.crt"
    certificates = Certificates(tmp_path, bundle, HandClock())
    assert certificates.bundle() == ca.certificate.decode()
    bundle.write_text("published")
    assert certificates.bundle() == "published"
