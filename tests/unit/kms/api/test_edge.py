# SPDX-License-Identifier: Apache-2.0
"""The small pieces of the edge: targets, replies, request IDs, metrics, logs, contexts."""

import asyncio
import json
import logging
import ssl
import sys
from pathlib import Path

import pytest
from identity_doubles import HandClock

from skm_common.environment import SettingError, read_settings
from skm_kms.api.certificates import Certificates
from skm_kms.api.data.target import Target, parse_target
from skm_kms.api.metrics import Sample, exposition
from skm_kms.api.reply import Reply, problem, problem_reply
from skm_kms.api.request_id import request_id
from skm_kms.api.tls import Rotating, server_context
from skm_kms.errors import DeniedError, RequestError, UndeterminedError
from skm_kms.identity import CertificateError, InternalIssuer
from skm_kms.install.ca import make_ca
from skm_kms.logs import JsonFormatter
from skm_kms.service.news import News
from skm_kms.service.readiness import AUDIT, CLUSTER, DATABASE, PARTS, SYSTEM_KEY, Readiness
from skm_kms.settings import Settings

KEY = "/v1/keystores/orders.a/keys/k"


def test_targets_are_read() -> None:
    assert parse_target("POST", f"{KEY}:encrypt", "") == Target("Encrypt", "orders.a", "k")
    read = parse_target("GET", f"{KEY}/secret", "after=3&wait=30&field=a.b")
    assert read == Target("ReadSecret", "orders.a", "k", None, "a.b", 3, 30)


@pytest.mark.parametrize("method", ["get", "HEAD", "PATCH", "POST", ""])
def test_a_method_that_isnt_taken_is_said(method: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse_target(method, f"{KEY}/secret", "")
    assert (refused.value.code, refused.value.headers) == (
        "method_not_allowed",
        {"Allow": "GET, PUT"},
    )


def test_a_reply_is_the_same_whoever_writes_it() -> None:
    usual = Reply(200, b'{"a":1}')
    fast = usual.message(b"id-1", close=False)
    slow = Reply(200, b'{"a":1}', bytes(bytearray(b"application/json")), {}).message(
        b"id-1", close=False
    )
    assert fast == slow
    head = b"\r\n".join(b"%b: %b" % header for header in usual.head(b"id-1"))
    assert fast == b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + b'{"a":1}'
    assert b"connection: close\r\n" in usual.message(b"id-1", close=True)
    assert "a" not in repr(usual).replace("Reply(200, 7 bytes)", "")


def test_a_reply_without_content_has_no_length() -> None:
    assert b"content-" not in Reply(204, b"").message(b"id", close=False)


def test_a_problem_says_which_check_and_what_to_do() -> None:
    reply = problem_reply(DeniedError("mac", "another MAC", remedy="make a new pod"))
    document = json.loads(reply.body)
    assert (reply.status, document["code"], document["check"]) == (403, "denied", "mac")
    assert (document["outcome"], document["remedy"]) == ("denied", "make a new pod")
    later = problem_reply(UndeterminedError("mac", "wait", retry_after=3))
    assert (later.status, later.headers["Retry-After"]) == (503, "3")
    assert "check" not in json.loads(problem("not_found", "x").body)


@pytest.mark.parametrize("given", [b"a", b"order-7.1_x", b"A" * 64])
def test_a_plain_request_id_is_kept(given: bytes) -> None:
    assert request_id(given) == given


@pytest.mark.parametrize("given", [None, b"", b"A" * 65, b"a b", b"a\n", b"-a", b"\xff", b'"'])
def test_any_other_request_id_is_replaced(given: bytes | None) -> None:
    made = request_id(given)
    assert made != given
    assert made != request_id(given)


def test_metrics_are_escaped_and_grouped() -> None:
    samples = [
        Sample("a_total", "counter", "A.", 1, {"x": 'q"\\\n'}),
        Sample("b", "gauge", "B.", 0.5),
        Sample("a_total", "counter", "A.", 2, {"x": "y"}),
    ]
    assert exposition(samples).decode() == (
        "# HELP a_total A.\n# TYPE a_total counter\n"
        'a_total{x="q\\"\\\\\\n"} 1\na_total{x="y"} 2\n'
        "# HELP b B.\n# TYPE b gauge\nb 0.5\n"
    )


def test_a_log_line_shows_no_exceptions_message() -> None:
    try:
        raise ValueError("canary")
    except ValueError:
        record = logging.LogRecord("x", 40, "f", 1, "it failed", (), sys.exc_info())
    line = json.loads(JsonFormatter().format(record))
    assert (line["error"], line["message"]) == ("ValueError", "it failed")
    assert "test_edge.py" in line["traceback"]
    assert "canary" not in json.dumps(line).replace('raise ValueError(\\"canary\\")', "")


def test_settings_have_defaults_and_names() -> None:
    settings = read_settings(Settings, {"SKM_DATA_PORT": "1", "SKM_OPERATOR_NAMESPACES": "a, b"})
    assert settings.data_port == 1
    assert settings.allowed_namespaces == {"a", "b"}
    assert read_settings(Settings, {}).allowed_namespaces is None
    assert settings.system_key_server == "skm-system-key.skm-system-key.svc:8446"
    with pytest.raises(SettingError, match="SKM_DATA_PORT"):
        read_settings(Settings, {"SKM_DATA_PORT": "x"})


def test_ready_needs_what_every_call_needs_and_no_more() -> None:
    readiness = Readiness()
    assert set(readiness.missing) == set(PARTS)
    for part in PARTS:
        assert not readiness.ready
        readiness.note(part, None)
    assert not readiness.ready
    readiness.serving = True
    assert readiness.ready
    for part in (SYSTEM_KEY, CLUSTER):
        readiness.note(part, "away")
        assert readiness.ready
    for part in (DATABASE, AUDIT):
        readiness.note(part, "full")
        assert not readiness.ready
        readiness.note(part, None)


async def test_news_reach_everyone_once() -> None:
    news = News()
    waiting = [asyncio.ensure_future(news.wait(30)) for _ in range(3)]
    await asyncio.sleep(0)
    assert len(news) == 3
    news.tell()
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert len(news) == 0
    await asyncio.wait_for(news.wait(0.01), 5)
    news.close()
    assert news.closing


def mounted(place: Path) -> None:
    made = make_ca(1, HandClock().now())
    place.mkdir(exist_ok=True)
    (place / "tls.crt").write_bytes(made.certificate)
    (place / "tls.key").write_bytes(made.key)


def leaf(context: ssl.SSLContext, trusted: bytes) -> bytes:
    """The leaf that a fresh handshake with this context shows, verified by a CA."""
    client = ssl.create_default_context(cadata=trusted.decode())
    client.verify_flags |= 0x200000
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    two = context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (one, two):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    found = one.getpeercert(binary_form=True)
    assert found is not None
    return found


def test_leaves_are_renewed_at_half_their_life_and_with_another_ca(tmp_path: Path) -> None:
    clock = HandClock()
    mounted(tmp_path / "ca")
    certificates = Certificates(tmp_path / "ca", tmp_path / "absent.crt", clock)
    listening = certificates.plane("data", None)
    first = leaf(listening, certificates.issuer.ca_pem)
    certificates.look()
    assert leaf(listening, certificates.issuer.ca_pem) == first
    clock.advance(15 * 86400 + 1)
    certificates.look()
    second = leaf(listening, certificates.issuer.ca_pem)
    assert second != first
    old = certificates.issuer.ca_pem
    mounted(tmp_path / "ca")
    certificates.look()
    assert certificates.issuer.ca_pem != old
    leaf(listening, certificates.issuer.ca_pem)
    with pytest.raises(ssl.SSLCertVerificationError):
        leaf(listening, old)
    assert certificates.bundle() == certificates.issuer.ca_pem.decode()
    (tmp_path / "ca/tls.key").unlink()
    with pytest.raises(CertificateError, match="mount the Secret"):
        certificates.look()


def test_a_server_speaks_tls_1_3_without_tickets(tmp_path: Path) -> None:
    mounted(tmp_path)
    ca = (tmp_path / "tls.crt").read_bytes()
    issuer = InternalIssuer.load(ca, (tmp_path / "tls.key").read_bytes())
    context = server_context(issuer.server(HandClock().now()), b"")
    assert context.minimum_version == ssl.TLSVersion.TLSv1_3
    assert context.num_tickets == 0
    assert context.verify_mode == ssl.CERT_OPTIONAL
    assert Rotating(context).listening is context
