# SPDX-License-Identifier: Apache-2.0
import base64
import copy
import dataclasses
import os

import pytest
from cryptography import x509

from skm_kms.install.errors import ApiRefusedError, ApiUnreachableError, DamagedCaError
from skm_kms.install.job import InstallJob
from skm_kms.install.settings import Settings

NOW = 1_800_000_000.0
ROOT_KEY = "/api/v1/namespaces/skm-system/secrets/skm-root-key"
CA = "/api/v1/namespaces/skm-system/secrets/skm-internal-ca-1"
NEXT_CA = "/api/v1/namespaces/skm-system/secrets/skm-internal-ca-2"
NAMESPACES = ("skm-system", "skm-system-key", "skm-node")
TRUST_BUNDLE = "/apis/certificates.k8s.io/{}/clustertrustbundles/skm-ca"


def config_map(namespace):
    return f"/api/v1/namespaces/{namespace}/configmaps/skm-ca"


SETTINGS = Settings()


async def run(cluster, settings=SETTINGS):
    await InstallJob(cluster, settings, os.urandom, NOW).run()


def pem(api, path=CA):
    return base64.b64decode(api.objects[path]["data"]["tls.crt"]).decode()


async def test_it_makes_everything_once(api, cluster):
    await run(cluster)
    key = base64.b64decode(api.objects[ROOT_KEY]["data"]["root-key"])
    assert len(key) == 32
    assert api.objects[ROOT_KEY]["immutable"] is True
    assert api.objects[CA]["type"] == "kubernetes.io/tls"
    for namespace in NAMESPACES:
        assert api.objects[config_map(namespace)]["data"] == {"ca.crt": pem(api)}
    levels = {
        name: api.objects[f"/api/v1/namespaces/{name}"]["metadata"]["labels"][
            "pod-security.kubernetes.io/enforce"
        ]
        for name in NAMESPACES[1:]
    }
    assert levels == {"skm-system-key": "restricted", "skm-node": "privileged"}


async def test_run_again_it_changes_nothing(api, cluster):
    await run(cluster)
    before = copy.deepcopy(api.objects)
    api.calls.clear()
    await run(cluster)
    assert api.objects == before
    assert not [call for call in api.calls if call.startswith(("PATCH", "PUT", "DELETE"))]


async def test_it_never_reads_a_root_key(api, cluster):
    await run(cluster)
    await run(cluster)
    assert f"GET {ROOT_KEY}" not in api.calls


async def test_a_run_killed_at_any_call_goes_on(api, cluster):
    await run(cluster)
    calls = len(api.calls)
    for step in range(calls):
        api.objects.clear()
        api.calls.clear()
        api.die_after = step
        with pytest.raises(ApiUnreachableError):
            await run(cluster)
        made = copy.deepcopy({path: api.objects.get(path) for path in (ROOT_KEY, CA)})
        api.die_after = None
        await run(cluster)
        for path, secret in made.items():
            assert secret is None or api.objects[path] == secret
        for namespace in NAMESPACES:
            assert api.objects[config_map(namespace)]["data"]["ca.crt"] == pem(api)


async def test_two_runs_at_once_agree_on_one_ca(api, cluster):
    import asyncio

    await asyncio.gather(*(run(cluster) for _ in range(5)))
    for namespace in NAMESPACES:
        assert api.objects[config_map(namespace)]["data"]["ca.crt"] == pem(api)


async def test_the_ca_signs_leaves_for_ten_years_and_nothing_else(api, cluster):
    await run(cluster)
    ca = x509.load_pem_x509_certificate(pem(api).encode())
    assert (ca.not_valid_after_utc - ca.not_valid_before_utc).days == 3650
    assert ca.not_valid_before_utc.timestamp() < NOW
    assert ca.public_key().curve.name == "secp256r1"
    constraints = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.path_length == 0
    assert "internal CA 1" in ca.subject.rfc4514_string()


async def test_the_next_ca_is_published_beside_the_one_before(api, cluster):
    await run(cluster)
    first = pem(api)
    await run(cluster, dataclasses.replace(Settings(), internal_ca_number=2))
    second = pem(api, NEXT_CA)
    assert api.objects[config_map("skm-node")]["data"]["ca.crt"] == second + first
    del api.objects[CA]
    await run(cluster, dataclasses.replace(Settings(), internal_ca_number=2))
    assert CA not in api.objects
    assert api.objects[config_map("skm-node")]["data"]["ca.crt"] == second


async def test_a_changed_config_map_is_put_right(api, cluster):
    await run(cluster)
    api.objects[config_map("skm-node")]["data"]["ca.crt"] = "another CA"
    await run(cluster)
    assert api.objects[config_map("skm-node")]["data"]["ca.crt"] == pem(api)


async def test_an_existing_namespace_is_labelled_and_keeps_its_own_labels(api, cluster):
    api.objects["/api/v1/namespaces/skm-node"] = {"metadata": {"labels": {"team": "platform"}}}
    api.objects["/api/v1/namespaces/skm-system-key"] = {"metadata": {"name": "skm-system-key"}}
    await run(cluster)
    labels = api.objects["/api/v1/namespaces/skm-node"]["metadata"]["labels"]
    assert labels["team"] == "platform"
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"


@pytest.mark.parametrize("content", ["", "bm90IGEgY2VydGlmaWNhdGU=", "!!!"])
async def test_a_damaged_ca_is_said_and_not_replaced(api, cluster, content):
    api.objects[CA] = {"data": {"tls.crt": content}}
    with pytest.raises(DamagedCaError, match="skm-internal-ca-1 is not a CA certificate"):
        await run(cluster)
    assert api.objects[CA] == {"data": {"tls.crt": content}}
    assert config_map("skm-system") not in api.objects


async def test_nothing_but_the_certificate_is_published(api, cluster):
    """Someone pasted the key into tls.crt: it must not reach a ConfigMap."""
    await run(cluster)
    both = base64.b64decode(api.objects[CA]["data"]["tls.crt"]) + base64.b64decode(
        api.objects[CA]["data"]["tls.key"]
    )
    api.objects[CA]["data"]["tls.crt"] = base64.b64encode(both).decode()
    await run(cluster)
    for namespace in NAMESPACES:
        assert "PRIVATE KEY" not in api.objects[config_map(namespace)]["data"]["ca.crt"]


@pytest.mark.parametrize(
    "call",
    [
        "POST /api/v1/namespaces",
        "POST /api/v1/namespaces/skm-system/secrets",
        f"GET {CA}",
        "POST /api/v1/namespaces/skm-node/configmaps",
    ],
)
async def test_a_missing_right_is_named(api, cluster, call):
    api.forbidden.add(call)
    with pytest.raises(ApiRefusedError) as refused:
        await run(cluster)
    text = str(refused.value)
    assert "403" in text
    assert call.split()[1] in text
    assert "give that right to the ServiceAccount skm-install" in text


async def test_no_error_carries_a_key(api, cluster):
    api.forbidden.add("POST /api/v1/namespaces/skm-system/secrets")
    drawn = []

    def random(size):
        drawn.append(os.urandom(size))
        return drawn[-1]

    with pytest.raises(ApiRefusedError) as refused:
        await InstallJob(cluster, Settings(), random, NOW).run()
    for key in drawn:
        for form in (key.hex(), base64.b64encode(key).decode(), repr(key)):
            assert form not in str(refused.value) + repr(refused.value)


async def test_a_silent_api_server_is_told_apart_from_a_refusal(api, cluster):
    api.down = 1
    with pytest.raises(ApiUnreachableError, match="answered 503"):
        await run(cluster)
    await run(cluster)


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
async def test_a_cluster_trust_bundle_is_published_where_served(api, cluster, version):
    api.trust_bundles = version
    await run(cluster)
    published = api.objects[TRUST_BUNDLE.format(version)]
    assert published["apiVersion"] == f"certificates.k8s.io/{version}"
    assert published["spec"] == {"trustBundle": pem(api)}


async def test_without_the_right_or_the_api_it_goes_without_a_trust_bundle(api, cluster):
    await run(cluster)
    api.trust_bundles = "v1"
    api.forbidden.add("POST /apis/certificates.k8s.io/v1/clustertrustbundles")
    await run(cluster)
    assert not [path for path in api.objects if "clustertrustbundles" in path]
    api.serves_trust_bundles = True
    api.forbidden.add("POST /apis/certificates.k8s.io/v1beta1/clustertrustbundles")
    await run(cluster)
    assert TRUST_BUNDLE not in api.objects
