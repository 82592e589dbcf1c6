# SPDX-License-Identifier: Apache-2.0
"""What each part makes of what it has seen."""

import pytest

from bench import readiness, resident, speed
from bench.cluster import is_ready
from bench.memory import Usage
from bench.objects import pod, resources
from skm_common.resources import translate


def test_the_figure_is_the_median_of_differences_and_not_of_sides() -> None:
    more, bare, injected = readiness.figures([(1.0, 1.2), (5.0, 5.9), (2.0, 2.5)])
    assert more.value == pytest.approx(0.5)
    assert (bare.value, injected.value) == (2.0, 2.5)
    assert more.within


def test_more_than_the_bound_is_outside() -> None:
    assert readiness.figures([(1.0, 1.9)])[0].within
    assert readiness.figures([(1.0, 1.91)])[0].within is False


def rounds(rate: float) -> list[dict[str, float]]:
    return [{"rate": rate * n, "cpu": 10.0 * n, "p50": 1.0, "p99": 2.0} for n in (1, 2, 9)]


def test_a_rate_is_a_share_of_the_reference_of_the_same_run() -> None:
    found = {
        figure.name: figure for figure in speed.figures({"R": rounds(1000), "read": rounds(399)})
    }
    assert found["read, rate"].value == pytest.approx(0.399)
    assert found["read, rate"].within is False
    assert found["R, server CPU time a request"].value == 20.0
    assert "R, rate" not in found


def test_memory_stands_beside_the_bound_of_its_process() -> None:
    agent = resident.PROCESSES[0]
    figure = resident.figure(agent, Usage(26.5, 15.94, 14.9))
    assert (figure.name, figure.within) == ("agent, resident", False)
    assert "PSS 15.9" in figure.how


def test_only_running_containers_of_the_name_are_looked_at() -> None:
    running = {"name": "skm-agent", "containerID": "containerd://a1", "state": {"running": {}}}
    ended = {"name": "skm-agent", "containerID": "containerd://a2", "state": {"terminated": {}}}
    other = {"name": "app", "containerID": "containerd://a3", "state": {"running": {"x": 1}}}
    running["state"] = {"running": {"startedAt": "2026-11-24T00:00:00Z"}}
    pods = [{"status": {"initContainerStatuses": [running, ended], "containerStatuses": [other]}}]
    assert resident.containers([*pods, {"status": {}}], "skm-agent") == ["a1"]


def test_the_two_pods_differ_in_one_annotation() -> None:
    bare, injected = (pod("x", "localhost", injected=which) for which in (False, True))
    assert injected["metadata"].pop("annotations") == {"skm.dev/inject": "bench/bench"}
    assert bare["metadata"].pop("annotations") == {}
    assert bare == injected


def test_the_resources_are_ones_that_the_kms_takes() -> None:
    for document in resources("skm-bench-1"):
        metadata = {**document["metadata"], "uid": "u", "generation": 1}
        assert translate({**document, "metadata": metadata}).reference.name == "bench"


def test_ready_is_the_condition_and_not_a_phase() -> None:
    assert not is_ready({"status": {"phase": "Running"}})
    assert not is_ready({"status": {"conditions": [{"type": "Ready", "status": "False"}]}})
    assert is_ready({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
