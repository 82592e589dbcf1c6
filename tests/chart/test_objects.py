# SPDX-License-Identifier: Apache-2.0
"""What the chart holds and keeps, what its job may do, and what its policies let through."""

import json

import pytest

HOOKS = "pre-install,pre-upgrade"
POLICY = "before-hook-creation,hook-succeeded,hook-failed"


def test_no_secret_is_rendered_with_content(objects):
    secrets = {it["metadata"]["name"]: it for it in objects if it["kind"] == "Secret"}
    assert set(secrets) == {"skm-webhook-ca", "skm-webhook-serving"}
    for secret in secrets.values():
        assert not any((secret.get("data") or {}).values())
        assert not any((secret.get("stringData") or {}).values())


def test_no_key_or_certificate_is_rendered(objects):
    text = json.dumps(objects)
    assert "-----BEGIN" not in text
    assert "genCA" not in text


def test_what_holds_data_is_kept_at_uninstall(find, objects):
    claim = find("PersistentVolumeClaim", "skm-system-key")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    kms = find("StatefulSet", "skm-kms")["spec"]
    retention = kms["persistentVolumeClaimRetentionPolicy"]
    assert retention == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    definitions = [it for it in objects if it["kind"] == "CustomResourceDefinition"]
    assert definitions
    for definition in definitions:
        assert definition["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_helm_owns_no_namespace(objects):
    assert not [it for it in objects if it["kind"] == "Namespace"]


def test_the_system_key_server_is_never_two(find):
    spec = find("Deployment", "skm-system-key")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_headless_service_shows_replicas_that_are_not_ready(find):
    spec = find("Service", "skm-kms-replicas")["spec"]
    assert spec["clusterIP"] == "None"
    assert spec["publishNotReadyAddresses"] is True
    assert "publishNotReadyAddresses" not in find("Service", "skm-kms")["spec"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ServiceAccount", "skm-install"),
        ("Role", "skm-install"),
        ("RoleBinding", "skm-install"),
        ("ClusterRole", "skm-install"),
        ("ClusterRoleBinding", "skm-install"),
        ("Job", "skm-install"),
    ],
)
def test_the_job_and_its_rights_end_together(find, kind, name):
    annotations = find(kind, name)["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == HOOKS
    assert annotations["helm.sh/hook-delete-policy"] == POLICY


def test_the_job_can_only_create_secrets_and_read_its_own_by_name(find):
    rules = find("Role", "skm-install")["rules"]
    assert rules == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "resourceNames": ["skm-root-key", "skm-internal-ca-1"],
            "verbs": ["get"],
        },
    ]


def test_the_job_may_read_every_ca_up_to_the_number(render):
    role = next(
        it
        for it in render("internalCa.number=3")
        if (it["kind"], it["metadata"]["name"]) == ("Role", "skm-install")
    )
    assert role["rules"][1]["resourceNames"] == [
        "skm-root-key",
        "skm-internal-ca-1",
        "skm-internal-ca-2",
        "skm-internal-ca-3",
    ]


def test_the_jobs_cluster_wide_rights_touch_no_secret(find):
    assert find("ClusterRole", "skm-install")["rules"] == [
        {"apiGroups": [""], "resources": ["namespaces", "configmaps"], "verbs": ["create"]},
        {
            "apiGroups": [""],
            "resources": ["namespaces"],
            "resourceNames": ["skm-system-key", "skm-node"],
            "verbs": ["get", "patch"],
        },
        {
            "apiGroups": [""],
            "resources": ["configmaps"],
            "resourceNames": ["skm-ca"],
            "verbs": ["get", "patch"],
        },
        {
            "apiGroups": ["certificates.k8s.io"],
            "resources": ["clustertrustbundles"],
            "verbs": ["create"],
        },
        {
            "apiGroups": ["certificates.k8s.io"],
            "resources": ["clustertrustbundles"],
            "resourceNames": ["skm-ca"],
            "verbs": ["get", "patch"],
        },
    ]


def test_the_kms_reads_what_decides_and_changes_nothing(find):
    reads = ["get", "list", "watch"]
    assert find("ClusterRole", "skm-kms")["rules"] == [
        {"apiGroups": [""], "resources": ["pods", "nodes", "namespaces"], "verbs": reads},
        {
            "apiGroups": ["skm.dev"],
            "resources": ["keystores", "keys", "accesspolicies"],
            "verbs": reads,
        },
        {
            "apiGroups": ["authentication.k8s.io"],
            "resources": ["tokenreviews"],
            "verbs": ["create"],
        },
    ]
    assert find("Role", "skm-kms", "skm-node")["rules"] == [
        {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": reads}
    ]


def test_nobody_may_list_or_create_secrets_for_good(objects):
    for it in objects:
        if it["kind"] not in ("Role", "ClusterRole") or is_hook(it):
            continue
        for rule in it["rules"]:
            if {"secrets", "*"} & set(rule.get("resources", [])):
                assert rule.get("resourceNames"), it["metadata"]["name"]
                assert not {"list", "create", "delete", "*"} & set(rule["verbs"])


def test_no_role_has_a_wildcard(objects):
    for it in objects:
        for rule in it.get("rules", []) if it["kind"] in ("Role", "ClusterRole") else []:
            values = [*rule["verbs"], *rule.get("resources", []), *rule.get("apiGroups", [])]
            assert "*" not in values, it["metadata"]["name"]


def test_the_system_key_server_and_the_node_agents_have_no_right_at_all(objects):
    bound = {
        subject["name"]
        for it in objects
        if it["kind"] in ("RoleBinding", "ClusterRoleBinding")
        for subject in it["subjects"]
    }
    assert not {"skm-system-key", "skm-node-agent"} & bound


# localcluster's networks enforce no NetworkPolicy: what is asserted here is the rendering.
def test_only_the_kms_reaches_the_system_key_server(find):
    spec = find("NetworkPolicy", "skm-system-key")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"][0] == {
        "ports": [{"port": "system-key"}],
        "from": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "skm-system"}},
                "podSelector": {
                    "matchLabels": {
                        "app.kubernetes.io/name": "skm-kms",
                        "app.kubernetes.io/instance": "skm",
                    }
                },
            }
        ],
    }
    assert [list(rule["ports"]) for rule in spec["ingress"]] == [
        [{"port": "system-key"}],
        [{"port": "health"}],
    ]


def test_only_the_operator_reaches_the_admin_plane_over_the_network(find):
    rules = find("NetworkPolicy", "skm-kms")["spec"]["ingress"]
    (admin,) = [rule for rule in rules if {"port": "admin"} in rule["ports"]]
    assert admin["ports"] == [{"port": "admin"}]
    (source,) = admin["from"]
    assert source["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "skm-operator"
    assert "namespaceSelector" not in source


def test_policies_select_the_pods_they_are_for(find):
    for policy, kind, name in (
        ("skm-kms", "StatefulSet", "skm-kms"),
        ("skm-system-key", "Deployment", "skm-system-key"),
    ):
        selector = find("NetworkPolicy", policy)["spec"]["podSelector"]["matchLabels"]
        labels = find(kind, name)["spec"]["template"]["metadata"]["labels"]
        assert selector.items() <= labels.items()


def test_policies_can_be_left_to_others(render):
    objects = render("networkPolicies.enabled=false")
    assert not [it for it in objects if it["kind"] == "NetworkPolicy"]


def is_hook(it):
    return "helm.sh/hook" in it["metadata"].get("annotations", {})
