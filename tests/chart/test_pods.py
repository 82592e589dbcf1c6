# SPDX-License-Identifier: Apache-2.0
"""Every pod of the chart: what Pod Security asks for, and no mark that the webhook waits for."""

import json

import pytest

NODE_AGENT = "DaemonSet/skm-node-agent"
OURS = (
    "StatefulSet/skm-kms",
    "Deployment/skm-system-key",
    "Deployment/skm-operator",
    "Deployment/skm-webhook",
    NODE_AGENT,
    "Job/skm-install",
    "Pod/skm-test",
)
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim"}
VOLUMES |= {"projected", "secret"}


def test_these_are_all_pods(pods):
    assert set(pods) == set(OURS)


@pytest.mark.parametrize("name", [name for name in OURS if name != NODE_AGENT])
def test_pod_satisfies_pod_security_restricted(pods, name):
    spec = pods[name]["spec"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 65532
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert all(set(volume) - {"name"} <= VOLUMES for volume in spec.get("volumes", []))
    for container in spec["containers"] + spec.get("initContainers", []):
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert not any("hostPort" in port for port in container.get("ports", []))


@pytest.mark.parametrize("name", OURS)
def test_containers_write_nowhere_and_have_bounds(pods, name):
    for container in pods[name]["spec"]["containers"]:
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]


def test_node_agent_has_only_what_it_needs_of_the_host(pods):
    spec = pods[NODE_AGENT]["spec"]
    (container,) = spec["containers"]
    assert spec["hostNetwork"] is True
    assert not {"hostPID", "hostIPC"} & set(spec)
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"]["runAsUser"] == 0
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["privileged"] is False
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    (host,) = [volume for volume in spec["volumes"] if "hostPath" in volume]
    assert host["hostPath"]["path"] == "/var/lib/cni/results"
    (mount,) = [it for it in container["volumeMounts"] if it["name"] == host["name"]]
    assert mount["readOnly"] is True


@pytest.mark.parametrize("name", OURS)
def test_no_pod_of_ours_carries_a_mark_that_the_webhook_waits_for(pods, name):
    metadata, spec = pods[name]["metadata"], pods[name]["spec"]
    marks = [*metadata.get("labels", {}), *metadata.get("annotations", {})]
    assert not [mark for mark in marks if mark.startswith("skm.dev/")]
    volumes = spec.get("volumes", [])
    assert not [volume["name"] for volume in volumes if volume["name"].startswith("skm-")]
    for source in sources(volumes):
        assert source.get("serviceAccountToken", {}).get("audience") != "skm.dev"
        assert source.get("podCertificate", {}).get("signerName") != "skm.dev/pod"


@pytest.mark.parametrize(
    ("name", "audiences"),
    [
        ("StatefulSet/skm-kms", set()),
        ("Deployment/skm-system-key", {"skm.dev/internal"}),
        ("Deployment/skm-operator", {"skm.dev/admin"}),
        ("Deployment/skm-webhook", set()),
        (NODE_AGENT, {"skm.dev/node"}),
        ("Job/skm-install", set()),
        ("Pod/skm-test", set()),
    ],
)
def test_each_process_has_tokens_of_its_own_audience_only(pods, name, audiences):
    tokens = [
        it.get("serviceAccountToken") for it in sources(pods[name]["spec"].get("volumes", []))
    ]
    assert {token["audience"] for token in tokens if token and "audience" in token} == audiences


def test_only_the_kms_mounts_root_key_and_internal_ca(pods):
    for name, pod in pods.items():
        text = json.dumps(pod)
        holds = "skm-root-key" in text or "skm-internal-ca" in text
        assert holds == (name == "StatefulSet/skm-kms")


def sources(volumes):
    return [source for it in volumes for source in it.get("projected", {}).get("sources", [])]
