# SPDX-License-Identifier: Apache-2.0
"""The webhook's answers as a person with kubectl gets them."""

from skm_common import names


def test_without_its_certificate_it_is_alive_and_unready(release):
    from apiserver_harness import until

    until(lambda: release.health("/healthz").status == 200)
    answer = release.health("/readyz")
    assert answer.status == 503
    assert "skm-webhook-serving" in answer.message


def test_an_annotated_pod_is_injected(room, make_pod):
    created = room.create(make_pod())
    assert created.status == 201, created.message
    spec = created.body["spec"]
    assert [c["name"] for c in spec["initContainers"]] == [names.AGENT_CONTAINER]
    assert spec["containers"][0]["volumeMounts"][-1]["mountPath"] == names.DEFAULT_PATH
    mounts = spec["initContainers"][0]["volumeMounts"]
    assert [m["name"] for m in mounts] == ["skm-secrets", "skm-identity"]
