# SPDX-License-Identifier: Apache-2.0
from skm_injector.node.judgement import Attestation
from skm_injector.node.reports import Origin, report

ORIGIN = Origin("node0", "0" * 32)
A = Attestation("a", "10.0.0.2", "02:00:00:00:00:01", "veth-a", "bridge")
B = Attestation("b", "10.0.0.3", "02:00:00:00:00:02", "veth-b", "route")


def test_a_snapshot_tells_the_whole() -> None:
    assert report(ORIGIN, 1, None, {"b": B, "a": A}) == {
        "node": "node0",
        "boot": "0" * 32,
        "sequence": 1,
        "snapshot": True,
        "pods": [
            {
                "uid": "a",
                "ipv4": "10.0.0.2",
                "mac": "02:00:00:00:00:01",
                "interface": "veth-a",
                "witnesses": ["cni", "neighbour", "bridge"],
            },
            {
                "uid": "b",
                "ipv4": "10.0.0.3",
                "mac": "02:00:00:00:00:02",
                "interface": "veth-b",
                "witnesses": ["cni", "neighbour", "route"],
            },
        ],
        "removed": [],
    }


def test_a_change_tells_what_came_changed_and_went() -> None:
    moved = Attestation("a", "10.0.0.2", "02:00:00:00:00:09", "veth-c", "bridge")
    body = report(ORIGIN, 2, {"a": A, "b": B}, {"a": moved})
    assert [pod["mac"] for pod in body["pods"]] == [moved.mac]
    assert body["removed"] == ["b"]
    assert body["snapshot"] is False


def test_a_heartbeat_is_empty() -> None:
    body = report(ORIGIN, 3, {"a": A}, {"a": A})
    assert (body["pods"], body["removed"], body["sequence"]) == ([], [], 3)


def test_an_empty_node_still_begins_with_a_snapshot() -> None:
    assert report(ORIGIN, 1, None, {})["snapshot"] is True
    assert report(ORIGIN, 2, {}, {})["snapshot"] is False
