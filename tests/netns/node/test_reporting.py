# SPDX-License-Identifier: Apache-2.0
"""The real process against a real HTTPS server: what it says, to whom, and what when refused."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import trustme

from skm_common import __version__

REFUSED = {"code": "snapshot_required"}
AGENT = [sys.executable, "-m", "skm_injector.node"]


def run(command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, env=env)


def bodies(kms: Any) -> list[dict[str, Any]]:
    return [told.body for told in list(kms.reports)]


def connections(kms: Any) -> set[Any]:
    return {told.connection for told in list(kms.reports)}


def test_the_first_report_is_the_whole_from_the_nodes_own_address(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    begin_agent()
    eventually(lambda: kms.reports)
    first = kms.reports[0]
    assert first.body["snapshot"] is True
    assert (first.body["node"], first.body["sequence"]) == ("node0", 1)
    assert re.fullmatch("[0-9a-f]{32}", first.body["boot"])
    assert first.source == "10.98.0.1"
    assert first.token == "Bearer a-node-bound-token"


def test_changes_and_heartbeats_follow_on_the_same_connection(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    begin_agent(heartbeat="0.2")
    eventually(lambda: kms.reports)
    pod = bridge.bridged(10)
    eventually(lambda: pod.uid in kms.attested)
    count = len(kms.reports)
    eventually(lambda: len(kms.reports) >= count + 3)
    said = bodies(kms)
    assert [body["sequence"] for body in said] == list(range(1, len(said) + 1))
    assert [body["snapshot"] for body in said] == [True] + [False] * (len(said) - 1)
    assert (said[-1]["pods"], said[-1]["removed"]) == ([], [])
    assert len(connections(kms)) == 1
    assert len({body["boot"] for body in said}) == 1
    bridge.ip("link", "delete", pod.veth)
    eventually(lambda: any(body["removed"] == [pod.uid] for body in bodies(kms)))


def test_nothing_is_said_between_heartbeats_when_nothing_changes(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    agent = begin_agent(heartbeat="60")
    bridge.bridged(10)
    eventually(lambda: kms.attested)
    count = len(kms.reports)
    name = 'skm_node_looks_total{outcome="ok"} '
    looks = int(agent.get("/metrics").split(name)[1].split()[0])
    eventually(lambda: int(agent.get("/metrics").split(name)[1].split()[0]) > looks + 10)
    assert len(kms.reports) == count


def test_a_replica_that_asks_for_the_whole_gets_it_at_once(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    begin_agent(heartbeat="0.2")
    eventually(lambda: len(kms.reports) >= 2)
    with kms.lock:
        kms.answers.append((409, REFUSED))
        count = len(kms.reports)
    eventually(lambda: len(kms.reports) >= count + 3)
    refused, whole, after = bodies(kms)[count : count + 3]
    assert [refused["snapshot"], whole["snapshot"], after["snapshot"]] == [False, True, False]
    assert whole["sequence"] == refused["sequence"] + 1
    assert len(connections(kms)) == 1


def test_a_replica_that_refuses_the_whole_is_left_alone_for_a_while(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    kms.answers += [(409, REFUSED)] * 2
    begin_agent()
    eventually(lambda: len(kms.reports) >= 3)
    assert [body["snapshot"] for body in bodies(kms)[:3]] == [True] * 3
    assert [body["sequence"] for body in bodies(kms)[:3]] == [1, 2, 3]
    assert len(connections(kms)) == 3


def test_a_failed_report_is_followed_by_a_new_connection_and_the_whole(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    agent = begin_agent(heartbeat="0.2")
    eventually(lambda: len(kms.reports) >= 2)
    with kms.lock:
        kms.answers.append((503, {"code": "undetermined"}))
        count = len(kms.reports)
    eventually(lambda: len(kms.reports) >= count + 2)
    failed, whole = bodies(kms)[count : count + 2]
    assert whole["snapshot"] is True
    assert whole["sequence"] == failed["sequence"] + 1
    assert len(connections(kms)) == 2
    said = [e["reason"] for e in agent.events() if e["event"] == "replica_failed"]
    assert said == ["status 503, code undetermined"]


def test_an_answer_to_another_report_is_a_failure(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    kms.answers.append((200, {"sequence": 99}))
    begin_agent()
    eventually(lambda: len(kms.reports) >= 2)
    assert bodies(kms)[1]["snapshot"] is True
    assert len(connections(kms)) == 2


def test_the_token_is_read_again_for_each_report(
    bridge: Any, kms: Any, begin_agent: Any, tmp_path: Any, eventually: Callable[..., Any]
) -> None:
    begin_agent(heartbeat="0.2")
    eventually(lambda: kms.reports)
    (tmp_path / "token").write_text("the-next-token\n")
    eventually(lambda: kms.reports[-1].token == "Bearer the-next-token")
    assert len(connections(kms)) == 1


def test_every_replica_is_told_and_followed_by_name(
    node: Any, serve: Any, begin_agent: Any, tmp_path: Any, eventually: Callable[..., Any]
) -> None:
    for number in (3, 4):
        node.ip("address", "add", f"10.98.0.{number}/32", "dev", "lo")
    replicas = [serve(address=f"10.98.0.{number}") for number in (2, 3, 4)]
    begin_agent(replicas=("10.98.0.2", "10.98.0.3"), heartbeat="0.1")
    eventually(lambda: replicas[0].reports and replicas[1].reports)
    assert not replicas[2].reports
    name = "skm-kms-replicas.skm-system.svc"
    (tmp_path / "hosts").write_text(f"10.98.0.3 {name}\n10.98.0.4 {name}\n")
    eventually(lambda: replicas[2].reports)
    assert bodies(replicas[2])[0]["sequence"] == 1
    left = len(replicas[0].reports)
    told = len(replicas[1].reports)
    eventually(lambda: len(replicas[1].reports) >= told + 5)
    assert len(replicas[0].reports) <= left + 1


def test_a_name_that_resolves_to_nothing_ends_no_connection(
    bridge: Any, kms: Any, begin_agent: Any, tmp_path: Any, eventually: Callable[..., Any]
) -> None:
    begin_agent(heartbeat="0.1")
    eventually(lambda: kms.reports)
    (tmp_path / "hosts").write_text("")
    count = len(kms.reports)
    eventually(lambda: len(kms.reports) >= count + 10)
    assert len(connections(kms)) == 1


def test_a_server_with_another_name_gets_nothing(
    node: Any, serve: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    kms = serve(name="skm-kms.elsewhere.svc")
    agent = begin_agent()
    eventually(lambda: any(event["event"] == "replica_failed" for event in agent.events()))
    assert "SSLCertVerificationError" in agent.log.read_text()
    assert kms.reports == []


def test_a_server_of_another_authority_gets_nothing(
    node: Any, serve: Any, begin_agent: Any, tmp_path: Any, eventually: Callable[..., Any]
) -> None:
    kms = serve()
    begin = begin_agent
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    agent = begin()
    eventually(lambda: "SSLCertVerificationError" in agent.log.read_text())
    assert kms.reports == []


def test_a_missing_token_is_said_and_waited_for(
    bridge: Any, kms: Any, begin_agent: Any, tmp_path: Any, eventually: Callable[..., Any]
) -> None:
    (tmp_path / "token").unlink()
    agent = begin_agent()
    eventually(lambda: "FileNotFoundError" in agent.log.read_text())
    (tmp_path / "token").write_text("late")
    eventually(lambda: kms.reports)


def test_health_and_metrics_are_served_on_the_loopback_only(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    agent = begin_agent()
    pod = bridge.bridged(10)
    eventually(lambda: pod.uid in kms.attested)
    assert agent.get("/healthz") == "ok\n\n"
    assert agent.get("/readyz") == "ok\n\n"
    metrics = agent.get("/metrics")
    assert "skm_node_attested_pods 1\n" in metrics
    assert 'skm_node_unattested_pods{reason="bridge_differs"} 0\n' in metrics
    assert 'skm_node_replicas{connected="true"} 1\n' in metrics
    assert agent.get("/elsewhere") == ""
    code = "import socket; socket.create_connection(('10.98.0.1', 18081), 2)"
    inside = ["nsenter", f"--net=/run/netns/{agent.node.namespace}", sys.executable, "-c", code]
    assert "ConnectionRefusedError" in run(inside).stderr


def test_records_that_can_not_be_read_make_it_unready_and_attest_nothing(
    bridge: Any, kms: Any, begin_agent: Any, tmp_path: Any, eventually: Callable[..., Any]
) -> None:
    agent = begin_agent(results=str(tmp_path / "missing"))
    eventually(lambda: kms.reports)
    assert bodies(kms)[0]["pods"] == []
    assert agent.get("/readyz") == ""
    assert agent.get("/healthz") == "ok\n\n"
    assert "witnesses_unreadable" in agent.log.read_text()


def test_the_process_is_small_and_its_log_holds_no_token(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    agent = begin_agent(heartbeat="0.1")
    for number in range(10, 40):
        bridge.bridged(number)
    eventually(lambda: len(kms.attested) == 30)
    assert int(agent.status("VmRSS")) <= 45 * 1024
    assert "a-node-bound-token" not in agent.log.read_text()


def test_it_ends_when_told(
    bridge: Any, kms: Any, begin_agent: Any, eventually: Callable[..., Any]
) -> None:
    agent = begin_agent()
    eventually(lambda: kms.reports)
    agent.process.terminate()
    assert agent.process.wait(10) == 0
    assert agent.events()[-1]["event"] == "ended"


def test_a_missing_setting_ends_it_with_a_sentence() -> None:
    done = run(AGENT, {})
    assert done.returncode == 2
    assert "SKM_NODE_NAME" in done.stdout


def test_it_tells_its_version() -> None:
    assert run([*AGENT, "--version"]).stdout == f"skm-node-agent {__version__}\n"


def test_a_taken_health_port_ends_it(node: Any, begin_agent: Any, tmp_path: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = {"SKM_NODE_NAME": "n", "SKM_NODE_IP": "127.0.0.1", "SKM_HEALTH_PORT": port}
        done = run(AGENT, words)
    assert done.returncode == 1
    assert "address already in use" in done.stderr
