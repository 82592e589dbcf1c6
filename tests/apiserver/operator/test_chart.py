# SPDX-License-Identifier: Apache-2.0
"""The operator's part of the chart, as helm renders it."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]


def test_the_definitions_are_rendered_whole_and_kept_at_uninstall(render):
    rendered = {document["metadata"]["name"]: document for document in render("crds")}
    sources = [yaml.safe_load(path.read_text()) for path in (ROOT / "crds").glob("*.yaml")]
    assert set(rendered) == {source["metadata"]["name"] for source in sources}
    for source in sources:
        found = rendered[source["metadata"]["name"]]
        assert found["spec"] == source["spec"]
        assert found["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_several_operators_have_a_disruption_budget_and_one_has_none(rendered, render):
    assert "PodDisruptionBudget" not in {document["kind"] for document in rendered}
    several = {item["kind"]: item for item in render("operator", values=("operator.replicas=2",))}
    assert several["Deployment"]["spec"]["replicas"] == 2
    budget = several["PodDisruptionBudget"]["spec"]
    assert budget["maxUnavailable"] == 1
    selected = several["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert budget["selector"]["matchLabels"].items() <= selected.items()


def test_the_secrets_of_the_webhook_are_made_empty(rendered):
    secrets = [document for document in rendered if document["kind"] == "Secret"]
    assert {secret["metadata"]["name"] for secret in secrets} == {
        "skm-webhook-ca",
        "skm-webhook-serving",
    }
    assert all("data" not in secret and "stringData" not in secret for secret in secrets)


def test_the_operator_mounts_its_token_and_no_secret(rendered):
    deployment = next(document for document in rendered if document["kind"] == "Deployment")
    spec = deployment["spec"]["template"]["spec"]
    sources = [volume for volume in spec["volumes"] if "projected" in volume]
    token = sources[0]["projected"]["sources"][0]["serviceAccountToken"]
    assert token["audience"] == "skm.dev/admin"
    assert not any("secret" in volume for volume in spec["volumes"])
    mounts = {mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
    assert mounts == {"/etc/skm/ca", "/var/run/secrets/skm", "/tmp"}
