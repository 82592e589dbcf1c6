# SPDX-License-Identifier: Apache-2.0
"""The server's own certificate: waited for, renewed and re-trusted without a restart."""

import asyncio
import ssl
import time

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from skm_common import names
from skm_kms.identity.authority import SERVER, Leaf
from skm_kms.identity.csr import read_csr
from skm_kms.identity.internal_pki import InternalIssuer
from skm_kms.install.ca import make_ca
from skm_kms.tls import client_context, load_chain

NAME = "skm-system-key.skm-system-key.svc"


async def serial_of(server, issuer) -> int:
    pair = issuer.client(time.time())
    context = client_context(issuer.ca_pem.decode())
    load_chain(context, pair.certificate, pair.key)
    _, writer = await asyncio.open_connection(
        "127.0.0.1", server.port, ssl=context, server_hostname=NAME
    )
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(der).serial_number


def short_lived(issuer, lifetime):
    """Signs leaves that end soon, so that a renewal can be waited for."""

    def sign(csr):
        leaf = Leaf(names.SYSTEM_KEY, [x509.DNSName(NAME)], SERVER, lifetime)
        issued = issuer._authority.issue(read_csr(csr), leaf, time.time())
        return issued.public_bytes(Encoding.PEM) + issuer.ca_pem

    return sign


def test_it_is_alive_and_says_what_is_missing_until_the_kms_comes(kit, issuer, make_server):
    plane = kit.IdentityPlane(issuer)
    server = make_server(plane)
    kit.eventually(lambda: kit.get(server.health_port, "/healthz")[0] == 200, "alive")
    kit.eventually(lambda: "Connect" in kit.get(server.health_port, "/readyz")[1], "says why")
    assert kit.get(server.health_port, "/readyz")[0] == 503
    assert "skm_ready 0" in kit.get(server.health_port, "/metrics")[1]
    plane.start()
    kit.eventually(server.ready, "ready once the KMS is there")
    assert "skm_ready 1" in kit.get(server.health_port, "/metrics")[1]
    assert server.stop() == 0
    plane.stop()


def test_a_refused_token_is_said_and_a_new_one_is_read(kit, issuer, make_server, tmp_path):
    server = make_server()
    kit.eventually(server.ready, "ready")
    server.stop()
    token = server.place / "token"
    plane = server.plane
    server.start()
    token.write_text("an old token")
    kit.eventually(
        lambda: server.ready() or "401" in kit.get(server.health_port, "/readyz")[1],
        "an answer",
    )
    token.write_text(kit.TOKEN)
    kit.eventually(server.ready, "ready with the new token")
    assert plane.asked >= 2


async def test_it_renews_at_two_thirds_without_a_restart(kit, issuer, make_server):
    plane = kit.IdentityPlane(issuer)
    # 60 s of the leaf's life lie before its issue, so two thirds have passed after about 1.3 s.
    plane.sign = short_lived(issuer, 32)
    plane.start()
    server = make_server(plane)
    await asyncio.to_thread(kit.eventually, server.ready, "ready")
    first = await serial_of(server, issuer)
    pid = server.process.pid
    before = plane.asked
    await asyncio.to_thread(kit.eventually, lambda: plane.asked > before, "a renewal")
    deadline = time.monotonic() + 10
    while await serial_of(server, issuer) == first:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert server.process.pid == pid
    assert server.process.poll() is None
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(plane.stop)


async def test_a_ca_added_to_the_file_is_trusted_without_a_restart(kit, issuer, make_server):
    server = make_server(SKM_CA_INTERVAL="0.1")
    await asyncio.to_thread(kit.eventually, server.ready, "ready")
    ca = make_ca(2, time.time())
    pair = InternalIssuer.load(ca.certificate, ca.key).client(time.time())

    async def accepted() -> bool:
        context = client_context(issuer.ca_pem.decode())
        load_chain(context, pair.certificate, pair.key)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=context, server_hostname=NAME
        )
        try:
            writer.write(b"GET /v1/system-keys HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            return (await reader.read()).startswith(b"HTTP/1.1 200")
        except (ssl.SSLError, ConnectionError):
            return False
        finally:
            writer.close()

    assert not await accepted()
    (server.place / "ca.crt").write_bytes(issuer.ca_pem + ca.certificate)
    deadline = time.monotonic() + 10
    while not await accepted():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def test_a_setting_that_cannot_be_read_is_said(kit, make_server):
    server = make_server(SKM_PORT="many")
    assert server.process.wait(20) == 2
