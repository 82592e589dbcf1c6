# SPDX-License-Identifier: Apache-2.0
"""The client of the admin plane against a real TLS server."""

import ssl

import pytest
import trustme
from kms_admin_double import SERVER_NAME, KmsDouble

from skm_common.resources import translate
from skm_operator.errors import KmsAwayError, KmsRefusedError
from skm_operator.kms_client import KmsClient


@pytest.fixture
def double(tmp_path):
    double = KmsDouble(tmp_path)
    double.start()
    yield double
    double.stop()


@pytest.fixture
async def client(double):
    async with _client(double) as client:
        yield client


def _client(double, **changes):
    arguments = {"server_name": SERVER_NAME, "ca": double.ca_file, "token": double.token_file}
    return KmsClient(double.url, **{**arguments, **changes}, timeout=5.0)


async def test_what_is_put_is_seen(client, resource):
    for kind in ("Keystore", "Key", "AccessPolicy"):
        desired = translate(resource(kind))
        view = await client.put(desired)
        assert view.agrees(desired)
    views = {view.kind: view for view in await client.views()}
    assert set(views) == {"Keystore", "Key", "AccessPolicy"}
    assert all(view.agrees(translate(resource(kind))) for kind, view in views.items())


async def test_a_list_of_thousands_is_read_to_its_end(client, double, resource):
    """Larger than any buffer on the way."""
    body = {"resource": {"uid": "u", "generation": 1}, "desired": translate(resource()).document()}
    for n in range(2000):
        double.take(("Keystore", f"shop.k{n}", ""), body)
    double.take(("Key", "shop.k0", "key"), body)
    assert len(await client.views()) == 2001


async def test_a_deletion_that_was_made_before_is_success(client, resource):
    await client.put(translate(resource()))
    await client.delete("Keystore", "shop.orders", "orders", "uid-orders")
    await client.delete("Keystore", "shop.orders", "orders", "uid-of-another")
    await client.delete("Keystore", "shop.none", "none", "uid-orders")
    assert not (await client.views())[0].managed


async def test_a_rotation_names_the_annotation_and_makes_one_version(client, resource, double):
    await client.put(translate(resource()))
    desired = translate(resource("Key"))
    await client.put(desired)
    for _ in range(2):
        view = await client.rotate(desired, "2026-01-01T00:00:00Z")
        assert (view.current_version, view.rotate_at) == (2, "2026-01-01T00:00:00Z")
    assert double.asked("POST", "/v1/keystores/shop.orders/keys/orders-db:rotate") == 2


async def test_the_token_is_read_anew_for_each_call(client, double):
    assert await client.views() == []
    double.token = "renewed"
    with pytest.raises(KmsRefusedError) as caught:
        await client.views()
    assert caught.value.code == "unauthenticated"
    double.token_file.write_text("renewed")
    assert await client.views() == []


async def test_a_ca_that_is_renewed_is_trusted_without_a_restart(client, double):
    assert await client.views() == []
    double.stop()
    double.start()
    assert await _client_views(client, double) == []


async def _client_views(client, double):
    client._url = double.url
    return await client.views()


@pytest.mark.parametrize("code", ["unavailable", "undetermined", "internal"])
async def test_what_may_pass_is_away(client, double, code):
    double.refuse_with = code
    with pytest.raises(KmsAwayError, match="told to refuse") as caught:
        await client.views()
    assert caught.value.code == code


@pytest.mark.parametrize("code", ["conflict", "forbidden", "not_supported", "invalid_request"])
async def test_what_will_not_pass_is_refused(client, double, code):
    double.refuse_with = code
    with pytest.raises(KmsRefusedError) as caught:
        await client.views()
    assert caught.value.code == code


async def test_nobody_there_is_away(client, double):
    double.stop()
    try:
        with pytest.raises(KmsAwayError):
            await client.views()
    finally:
        double.resume()


async def test_a_server_of_another_name_is_not_spoken_to(tmp_path):
    double = KmsDouble(tmp_path, tls_name="skm-webhook.skm-system.svc")
    double.start()
    try:
        async with _client(double) as client:
            with pytest.raises(KmsAwayError, match="certificate"):
                await client.views()
        assert double.calls == []
    finally:
        double.stop()


async def test_a_server_of_another_ca_never_sees_the_token(double, tmp_path):
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    async with _client(double, ca=other) as client:
        with pytest.raises(KmsAwayError, match="certificate"):
            await client.views()
    assert double.calls == []


async def test_the_machines_own_cas_are_not_trusted(client):
    await client.views()
    context = client._trust.context()
    assert len(context.get_ca_certs()) == 1
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.check_hostname


@pytest.mark.parametrize("missing", ["ca", "token"])
async def test_a_file_that_is_not_there_yet_is_away(double, tmp_path, missing):
    async with _client(double, **{missing: tmp_path / "none"}) as client:
        with pytest.raises(KmsAwayError, match="none"):
            await client.views()


async def test_a_token_is_in_no_error(client, double):
    for code in ("unavailable", "forbidden"):
        double.refuse_with = code
        with pytest.raises((KmsAwayError, KmsRefusedError)) as caught:
            await client.views()
        assert double.token not in f"{caught.value} {caught.value!r}"
