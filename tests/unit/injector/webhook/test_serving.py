# SPDX-License-Identifier: Apache-2.0
"""The certificate that is exchanged while connections go on, over real TLS."""

import asyncio
import base64
import ssl

import pytest
import trustme

from skm_injector.webhook.named_objects import CaBundle, serving_secret
from skm_injector.webhook.serving import ServingCertificate

CA = trustme.CA()


def pair(name):
    leaf = CA.issue_cert(name)
    return leaf.cert_chain_pems[0].bytes(), leaf.private_key_pem.bytes()


async def served_to(port, name):
    context = ssl.create_default_context(cadata=CA.cert_pem.bytes().decode())
    try:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname=name
        )
    except ssl.SSLError:
        return False
    writer.close()
    return True


@pytest.fixture
async def serving():
    certificate = ServingCertificate()
    certificate.load(*pair("first.test"))

    async def close(_, writer):
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=certificate.context)
    async with server:
        yield certificate, server.sockets[0].getsockname()[1]


async def test_new_connections_get_the_new_certificate(serving):
    certificate, port = serving
    assert await served_to(port, "first.test")
    certificate.load(*pair("second.test"))
    assert await served_to(port, "second.test")
    assert not await served_to(port, "first.test")


async def test_a_pair_that_doesn_t_fit_leaves_the_old_one(serving):
    certificate, port = serving
    (chain, _), (_, key) = pair("second.test"), pair("third.test")
    certificate.load(chain, key)
    certificate.load(b"nothing", b"nothing")
    assert await served_to(port, "first.test")


async def test_an_empty_or_broken_secret_changes_nothing():
    certificate = ServingCertificate()
    watched = serving_secret("skm-system", certificate)
    metadata = {"name": "skm-webhook-serving", "resourceVersion": "1"}
    for data in (None, {}, {"tls.crt": ""}, {"tls.crt": "%%%", "tls.key": "x"}):
        watched.changed({"metadata": metadata, "data": data})
    assert not certificate.available.is_set()
    encoded = [base64.b64encode(part).decode() for part in pair("first.test")]
    data = dict(zip(("tls.crt", "tls.key"), encoded, strict=True))
    watched.changed({"metadata": metadata, "data": data})
    assert certificate.available.is_set()


async def test_only_tls_1_3_is_spoken(serving):
    _, port = serving
    context = ssl.create_default_context(cadata=CA.cert_pem.bytes().decode())
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="first.test")


def test_a_ca_that_is_taken_away_is_used_on():
    bundle = CaBundle()
    bundle.read({"data": {"ca.crt": "one"}})
    bundle.read({"data": {}})
    bundle.read({})
    assert bundle.pem == "one"
