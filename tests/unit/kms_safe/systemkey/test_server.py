# SPDX-License-Identifier: Apache-2.0
"""The server over real mutual TLS: who gets in, and what it answers."""

import asyncio
import json
import ssl
import time

import aiohttp
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from skm_common import names
from skm_kms.identity.authority import CLIENT, SERVER, Leaf
from skm_kms.install.ca import make_ca
from skm_kms.systemkey import ConflictError, UnreachableError, WrappedKey
from skm_kms.tls import client_context, load_chain

NAME = "skm-system-key.skm-system-key.svc"


async def test_what_is_created_is_listed(client):
    assert (await client.list()).installation is None
    await client.create("installation-1", 1, b"wrapped one")
    await client.create("installation-1", 2, b"wrapped two")
    held = await client.list()
    assert held.installation == "installation-1"
    assert held.keys == (WrappedKey(1, b"wrapped one"), WrappedKey(2, b"wrapped two"))
    assert held.established is False


async def test_creation_is_compare_and_set(client):
    await client.create("installation-1", 1, b"first")
    await client.create("installation-1", 1, b"first")
    for installation, version, wrapped in (
        ("installation-1", 1, b"other"),
        ("installation-1", 3, b"third"),
        ("installation-2", 2, b"second"),
        ("installation-2", 1, b"first"),
    ):
        with pytest.raises(ConflictError):
            await client.create(installation, version, wrapped)
    assert (await client.list()).keys == (WrappedKey(1, b"first"),)


async def test_of_many_first_creations_one_wins(client):
    attempts = (client.create(f"installation-{n}", 1, b"key %d" % n) for n in range(8))
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert results.count(None) == 1
    won = results.index(None)
    held = await client.list()
    assert (held.installation, held.keys[0].wrapped) == (f"installation-{won}", b"key %d" % won)


async def test_established_stays(client):
    with pytest.raises(ConflictError):
        await client.confirm("installation-1")
    await client.create("installation-1", 1, b"wrapped")
    with pytest.raises(ConflictError):
        await client.confirm("installation-2")
    await client.confirm("installation-1")
    await client.confirm("installation-1")
    assert (await client.list()).established is True


async def test_a_damaged_file_is_said_and_nothing_is_served(client, server):
    await client.create("installation-1", 1, b"wrapped")
    (file,) = server.directory.glob("system-key-*")
    file.write_bytes(b"{")
    with pytest.raises(UnreachableError, match="is damaged; restore it"):
        await client.list()
    with pytest.raises(UnreachableError, match="is damaged"):
        await client.create("installation-1", 1, b"wrapped")
    assert not server.ready()


async def test_a_missing_version_is_said(client, server):
    for version in (1, 2):
        await client.create("installation-1", version, b"wrapped")
    (server.directory / "system-key-000001.json").unlink()
    with pytest.raises(UnreachableError, match="missing from the files"):
        await client.list()


def own_pair(issuer, common_name, alternative, uses):
    """A leaf of the internal CA itself, but of another name or use."""
    pair = issuer.client(time.time())
    key = load_pem_private_key(pair.key, None)
    leaf = Leaf(common_name, [x509.DNSName(name) for name in alternative], uses, 3600)
    certificate = issuer._authority.issue(key.public_key(), leaf, time.time())
    return certificate.public_bytes(Encoding.PEM), pair.key


@pytest.mark.parametrize(
    ("common_name", "alternative"),
    [
        ("skm-operator", ["skm-operator"]),
        ("skm-kms", ["skm-operator"]),
        ("skm-kms.evil", ["skm-kms.evil"]),
        ("other", []),
    ],
)
async def test_another_name_under_the_internal_ca_is_refused(
    server, issuer, common_name, alternative
):
    pair = own_pair(issuer, common_name, alternative, CLIENT)
    client = server.client(pair, issuer.ca_pem)
    with pytest.raises(UnreachableError, match="403: only the KMS may call"):
        await client.list()
    with pytest.raises(UnreachableError, match="403"):
        await client.create("installation-1", 1, b"wrapped")
    assert list(server.directory.iterdir()) == []


async def test_a_server_certificate_is_no_client_certificate(server, issuer):
    client = server.client(own_pair(issuer, "skm-kms", ["skm-kms"], SERVER), issuer.ca_pem)
    with pytest.raises(UnreachableError):
        await client.list()


async def test_a_foreign_ca_is_refused_though_the_name_is_right(server, issuer):
    leaf = trustme.CA().issue_cert(names.KMS, common_name=names.KMS)
    pair = (leaf.cert_chain_pems[0].bytes(), leaf.private_key_pem.bytes())
    with pytest.raises(UnreachableError):
        await server.client(pair, issuer.ca_pem).list()


async def test_without_a_client_certificate_nobody_gets_in(server, issuer):
    with pytest.raises(UnreachableError):
        await server.client(None, issuer.ca_pem).list()


async def test_an_expired_client_certificate_is_refused(server, issuer):
    pair = issuer.client(time.time() - 31 * 86400)
    with pytest.raises(UnreachableError):
        await server.client((pair.certificate, pair.key), issuer.ca_pem).list()


async def test_the_client_accepts_no_other_server(server, issuer):
    pair = issuer.client(time.time())
    foreign = trustme.CA().cert_pem.bytes()
    with pytest.raises(UnreachableError, match="does not answer"):
        await server.client((pair.certificate, pair.key), foreign).list()
    other = make_ca(1, time.time())
    with pytest.raises(UnreachableError):
        await server.client((pair.certificate, pair.key), other.certificate).list()


async def raw(server, issuer, method, path, body=b""):
    pair = issuer.client(time.time())
    context = client_context(issuer.ca_pem.decode())
    load_chain(context, pair.certificate, pair.key)
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method,
            f"https://127.0.0.1:{server.port}{path}",
            data=body,
            ssl=context,
            server_hostname=NAME,
        ) as answer,
    ):
        return answer.status, await answer.json()


GOOD = {"installation": "installation-1", "version": 1, "wrapped": "d3JhcHBlZA=="}


@pytest.mark.parametrize(
    "change",
    [
        {"installation": ""},
        {"installation": "x" * 65},
        {"installation": "../etc"},
        {"installation": "line\n"},
        {"installation": None},
        {"version": 0},
        {"version": -1},
        {"version": 4097},
        {"version": "1"},
        {"version": 1.5},
        {"wrapped": ""},
        {"wrapped": "not base64!"},
        {"wrapped": "A" * 5468},
        {"further": 1},
    ],
    ids=str,
)
async def test_bad_documents_are_refused_without_their_values(server, issuer, change):
    status, problem = await raw(
        server, issuer, "POST", "/v1/system-keys", json.dumps({**GOOD, **change}).encode()
    )
    assert status == 400
    assert problem["code"] == "invalid_request"
    assert "d3JhcHBlZA" not in json.dumps(problem)
    assert list(server.directory.iterdir()) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 5000, b"\xff", b"null"])
async def test_what_is_no_document_is_refused(server, issuer, body):
    status, problem = await raw(server, issuer, "POST", "/v1/system-keys", body)
    assert (status, problem["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(("size", "status"), [(4096, 201), (4097, 400)])
async def test_a_wrapped_key_has_at_most_4096_bytes(server, issuer, size, status):
    import base64

    body = json.dumps({**GOOD, "wrapped": base64.b64encode(bytes(size)).decode()}).encode()
    assert (await raw(server, issuer, "POST", "/v1/system-keys", body))[0] == status


async def test_a_body_is_bounded(server, issuer):
    status, problem = await raw(server, issuer, "POST", "/v1/system-keys", bytes(16 * 1024 + 1))
    assert (status, problem["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/system-keys/1", 404),
        ("DELETE", "/v1/system-keys", 405),
        ("PUT", "/v1/system-keys", 405),
        ("GET", "/v1/established", 405),
    ],
)
async def test_there_is_no_other_call(server, issuer, method, path, status):
    assert (await raw(server, issuer, method, path))[0] == status


async def test_tls_1_2_is_not_spoken(server, issuer):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=issuer.ca_pem.decode())
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", server.port, ssl=context, server_hostname=NAME)
