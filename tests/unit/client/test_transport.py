# SPDX-License-Identifier: Apache-2.0
import socket

import pytest
import trustme
from kms_server_double import NAME, tls_double, unix_double

from skm_client import (
    Endpoint,
    ProblemError,
    UndeterminedError,
    UnreachableError,
    UsageError,
    client_context,
    tls_transport,
    unix_transport,
)


def connect(kms, *, ca=None, name=NAME):
    endpoint = Endpoint("127.0.0.1", kms.port, name)
    return tls_transport(endpoint, client_context(ca or kms.ca_bundle()))


def test_a_call_returns_the_decoded_answer(kms):
    kms.told.answers["POST /v1/thing"] = (200, {"version": 1})
    with connect(kms) as transport:
        assert transport.call("POST", "/v1/thing", {"a": "b"}) == {"version": 1}
    assert kms.told.asked == [("POST /v1/thing", {"a": "b"})]


def test_no_content_is_none(kms):
    kms.told.answers["GET /v1/thing"] = (204, {})
    with connect(kms) as transport:
        assert transport.call("GET", "/v1/thing") is None


def test_any_address_will_do_but_the_name_must_be_the_kms(kms):
    with (
        connect(kms, name="skm-kms.elsewhere.svc") as transport,
        pytest.raises(UnreachableError, match="certificate isn't the KMS's"),
    ):
        transport.call("GET", "/v1/thing")
    assert kms.told.asked == []


def test_a_server_of_another_authority_is_not_believed(kms):
    other = trustme.CA().cert_pem.bytes().decode()
    with (
        connect(kms, ca=other) as transport,
        pytest.raises(UnreachableError, match="certificate isn't the KMS's"),
    ):
        transport.call("POST", "/v1/thing", {"value": "secret"})
    assert kms.told.asked == []


def test_a_refused_connection_names_the_target():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ca = trustme.CA().cert_pem.bytes().decode()
    transport = tls_transport(Endpoint("127.0.0.1", port, NAME), client_context(ca))
    with pytest.raises(UnreachableError, match=f"{NAME} at 127.0.0.1:{port}.*refused"):
        transport.call("GET", "/v1/thing")


def test_a_problem_document_becomes_an_error_with_all_its_members(kms):
    told = {
        "code": "denied",
        "title": "A check refused the caller",
        "detail": "another address",
        "check": "ipv4",
        "outcome": "denied",
        "remedy": "call from the pod",
    }
    kms.told.answers["GET /v1/thing"] = (403, told)
    with connect(kms) as transport, pytest.raises(ProblemError, match="another address") as caught:
        transport.call("GET", "/v1/thing")
    problem = caught.value.problem
    assert (problem.status, problem.code, problem.check) == (403, "denied", "ipv4")
    assert (problem.outcome, problem.remedy) == ("denied", "call from the pod")


def test_503_is_an_error_of_its_own(kms):
    kms.told.answers["GET /v1/thing"] = (503, {"code": "undetermined", "title": "Not now"})
    with connect(kms) as transport, pytest.raises(UndeterminedError):
        transport.call("GET", "/v1/thing")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code": 7}', b"\xff\xfe"])
def test_an_error_without_a_problem_document_is_told_as_such(kms, body):
    kms.told.answers["GET /v1/thing"] = (502, body)
    with connect(kms) as transport, pytest.raises(ProblemError, match="502 without saying why"):
        transport.call("GET", "/v1/thing")


def test_a_get_survives_a_kept_alive_connection_that_has_ended(kms):
    kms.told.answers["GET /v1/thing"] = (200, {})
    kms.told.hang_up_after = 1
    with connect(kms) as transport:
        transport.call("GET", "/v1/thing")
        transport.call("GET", "/v1/thing")
    assert len(kms.told.asked) == 2


def test_a_change_is_never_sent_twice(kms):
    kms.told.answers["POST /v1/thing"] = (200, {})
    kms.told.hang_up_after = 1
    with connect(kms) as transport:
        transport.call("POST", "/v1/thing")
        with pytest.raises(UnreachableError):
            transport.call("POST", "/v1/thing")
    assert len(kms.told.asked) == 1


def test_a_unix_socket_serves_as_well(tmp_path):
    with unix_double(tmp_path / "admin.sock") as double:
        double.told.answers["POST /v1/init"] = (200, {"certificate": "c"})
        with unix_transport(tmp_path / "admin.sock") as transport:
            assert transport.call("POST", "/v1/init", {}) == {"certificate": "c"}


def test_a_missing_unix_socket_is_unreachable(tmp_path):
    transport = unix_transport(tmp_path / "none.sock")
    with pytest.raises(UnreachableError, match=r"none\.sock"):
        transport.call("GET", "/")


def test_the_client_certificate_is_presented(kms, tmp_path):
    kms.told.answers["GET /v1/thing"] = (200, {})
    context = client_context(kms.ca_bundle(), kms.credentials(tmp_path))
    with tls_transport(Endpoint("127.0.0.1", kms.port, NAME), context) as transport:
        transport.call("GET", "/v1/thing")
    assert kms.told.subjects == ["alice"]


def test_older_tls_is_not_spoken():
    with tls_double() as double:
        context = client_context(double.ca_bundle())
        assert context.minimum_version.name == "TLSv1_3"
        assert context.check_hostname


@pytest.mark.parametrize("url", ["http://kms", "kms:8445", "https://", "https://kms/v1", ""])
def test_a_server_that_is_no_https_origin_is_refused(url):
    with pytest.raises(UsageError, match="https://host"):
        Endpoint.parse(url, 8445)


def test_the_port_of_the_plane_is_the_default():
    assert Endpoint.parse("https://kms.example.com", 8445).port == 8445
    assert Endpoint.parse("https://kms.example.com:1", 8445).port == 1
