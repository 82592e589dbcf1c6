# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
import yaml

from skm_common import __version__

CHART = Path(__file__).parents[2] / "charts" / "secure-key-manager"


def test_lint_finds_nothing(run_helm):
    done = run_helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout
    assert "[WARNING]" not in done.stdout
    assert "[ERROR]" not in done.stdout


@pytest.mark.parametrize(
    "value",
    [
        "unknown=1",
        "kms.unknown=1",
        "kms.storage.unknown=1",
        "kms.resources.unknown=1",
        "kms.replicas=2",
        "image.pullPolicy=Sometimes",
        "image.registry=localhost/",
        "internalCa.number=0",
        "nodeAgent.cniResults=relative",
        "networkPolicies.apiServerPorts={}",
        "webhook.replicas=-1",
    ],
)
def test_an_unknown_or_impossible_value_is_refused(run_helm, value):
    done = run_helm("template", "skm", str(CHART), "--set", value)
    assert done.returncode != 0
    assert "values don't meet the specifications" in done.stderr


def test_global_is_no_unknown_value(render):
    assert render("global.something=1")


def test_chart_and_images_have_the_version_of_the_package(pods):
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == __version__
    tags = {c["image"].rpartition(":")[2] for pod in pods.values() for c in containers(pod)}
    assert tags == {__version__}


def test_registry_and_tag_reach_every_image(render):
    objects = render("image.registry=registry.example.com/team", "image.tag=9.9.9")
    images = [
        c["image"] for it in objects for c in containers(it.get("spec", {}).get("template", it))
    ]
    assert images
    assert {image.rpartition("/")[0] for image in images} == {"registry.example.com/team"}
    assert {image.rpartition(":")[2] for image in images} == {"9.9.9"}


def test_without_node_agents_there_is_no_daemon_set(render):
    kinds = {it["kind"] for it in render("nodeAgent.enabled=false")}
    assert "DaemonSet" not in kinds


def containers(pod):
    return pod.get("spec", {}).get("containers", [])
