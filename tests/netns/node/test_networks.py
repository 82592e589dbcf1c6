# SPDX-License-Identifier: Apache-2.0
"""Honest pods and attackers on a real bridge and on real routed veths."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

SPOOF = """
import socket, sys, time
victim_mac, victim_ip, own_mac, gateway = sys.argv[1:5]
forge_source = sys.argv[5] == "forged"
octets = lambda mac: bytes.fromhex(mac.replace(":", ""))
claimed = octets(victim_mac) if forge_source else octets(own_mac)
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind(("eth0", 0))
reply = b"\\xff" * 6 + claimed + bytes.fromhex("08060001080006040002") + claimed
reply += socket.inet_aton(victim_ip) + b"\\xff" * 6 + socket.inet_aton(gateway)
while True:
    raw.send(reply)
    time.sleep(0.02)
"""


def spoof(attacker: Any, victim: Any, kind: str) -> subprocess.Popen[bytes]:
    words = [victim.mac, victim.ipv4, attacker.mac, "10.99.0.1", kind]
    return subprocess.Popen(attacker.command(sys.executable, "-c", SPOOF, *words))


def reasons(agent: Any, pod: Any) -> list[str]:
    return [
        event["reason"].split()[0]
        for event in agent.events()
        if event["event"] == "pod_not_attested" and event["subject"] == f"pod/{pod.uid}"
    ]


def test_pods_on_a_bridge_are_attested_without_any_capability(
    bridge: Any, kms: Any, agent: Any, eventually: Callable[..., Any]
) -> None:
    pods = [bridge.bridged(10), bridge.bridged(11)]
    eventually(lambda: len(kms.attested) == 2)
    for pod in pods:
        assert kms.attested[pod.uid] == {
            "uid": pod.uid,
            "ipv4": pod.ipv4,
            "mac": pod.mac,
            "interface": pod.veth,
            "witnesses": ["cni", "neighbour", "bridge"],
        }
    assert agent.status("Uid") == "0"
    for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
        assert int(agent.status(name), 16) == 0


def test_pods_on_routed_veths_are_attested_without_any_capability(
    node: Any, kms: Any, agent: Any, eventually: Callable[..., Any]
) -> None:
    pods = [node.routed(20), node.routed(21)]
    eventually(lambda: len(kms.attested) == 2)
    assert kms.attested[pods[0].uid]["mac"] == pods[0].mac
    assert kms.attested[pods[0].uid]["witnesses"] == ["cni", "neighbour", "route"]
    assert int(agent.status("CapEff"), 16) == 0


def test_a_pod_that_changes_its_mac_on_a_bridge_is_withdrawn(
    bridge: Any, kms: Any, agent: Any, eventually: Callable[..., Any]
) -> None:
    honest, changed = bridge.bridged(10), bridge.bridged(11)
    eventually(lambda: len(kms.attested) == 2)
    changed.ip("link", "set", "eth0", "address", "02:00:00:00:00:99")
    changed.ip("neighbour", "flush", "all")
    _speak(changed)
    eventually(lambda: changed.uid not in kms.attested)
    assert honest.uid in kms.attested
    changed.ip("link", "set", "eth0", "address", changed.mac)
    _speak(changed)
    eventually(lambda: changed.uid in kms.attested)


def test_a_pod_that_changes_its_mac_on_a_routed_veth_is_withdrawn(
    node: Any, kms: Any, agent: Any, eventually: Callable[..., Any]
) -> None:
    honest, changed = node.routed(20), node.routed(21)
    eventually(lambda: len(kms.attested) == 2)
    changed.ip("link", "set", "eth0", "address", "02:00:00:00:00:99")
    changed.ip("neighbour", "flush", "all")
    _speak(changed)
    eventually(lambda: changed.uid not in kms.attested)
    assert honest.uid in kms.attested


def test_a_spoofed_address_is_caught_by_the_neighbour_table(
    bridge: Any, kms: Any, agent: Any, eventually: Callable[..., Any]
) -> None:
    victim, attacker = bridge.bridged(10), bridge.bridged(11)
    eventually(lambda: len(kms.attested) == 2)
    with spoof(attacker, victim, "own") as running:
        eventually(lambda: victim.uid not in kms.attested)
        eventually(lambda: "neighbour_differs" in reasons(agent, victim))
        running.kill()


def test_a_spoofed_address_with_the_victims_mac_is_caught_by_the_bridge_table(
    bridge: Any, kms: Any, agent: Any, eventually: Callable[..., Any]
) -> None:
    victim, attacker = bridge.bridged(10), bridge.bridged(11)
    eventually(lambda: len(kms.attested) == 2)
    with spoof(attacker, victim, "forged") as running:
        eventually(lambda: victim.uid not in kms.attested)
        eventually(lambda: "bridge_differs" in reasons(agent, victim))
        running.kill()
    assert attacker.uid in kms.attested


def test_a_routed_pod_can_not_speak_for_another(
    node: Any, kms: Any, agent: Any, eventually: Callable[..., Any]
) -> None:
    victim, attacker = node.routed(20), node.routed(21)
    eventually(lambda: len(kms.attested) == 2)
    with spoof(attacker, victim, "forged") as running:
        looks = _looks(agent)
        eventually(lambda: _looks(agent) > looks + 5)
        running.kill()
    assert set(kms.attested) == {victim.uid, attacker.uid}
    assert reasons(agent, victim) in ([], ["neighbour_absent"])


def test_a_sandbox_that_died_is_withdrawn_though_its_file_stays(
    bridge: Any, kms: Any, agent: Any, eventually: Callable[..., Any]
) -> None:
    pod = bridge.bridged(10)
    eventually(lambda: pod.uid in kms.attested)
    bridge.ip("link", "delete", pod.veth)
    eventually(lambda: pod.uid not in kms.attested)
    assert pod.file.exists()


def test_a_new_sandbox_of_the_same_pod_takes_over(
    bridge: Any, kms: Any, agent: Any, eventually: Callable[..., Any]
) -> None:
    old = bridge.bridged(10)
    eventually(lambda: old.uid in kms.attested)
    new = bridge.bridged(12)
    new.file.write_bytes(
        bridge.make["bridge"](uid=old.uid, mac=new.mac, ipv4=new.ipv4, veth=new.veth)
    )
    eventually(lambda: kms.attested.get(old.uid, {}).get("ipv4") == new.ipv4)
    assert kms.attested[old.uid]["interface"] == new.veth


def test_the_tables_are_read_as_iproute2_reads_them(bridge: Any, node: Any) -> None:
    for number in range(10, 20):
        bridge.bridged(number)
    code = (
        "import json; from skm_injector.node.kernel import Kernel, probe; import time;"
        "addresses = [f'10.99.0.{n}' for n in range(10, 20)]; probe(addresses); time.sleep(0.2);"
        "host = Kernel().read([*addresses, '192.0.2.1']);"
        "names = {link.index: name for name, link in host.links.items()};"
        "print(json.dumps({"
        "'links': {n: [l.kind, names.get(l.master)] for n, l in host.links.items()},"
        "'neighbours': {a: [names[i], n.mac] for (i, a), n in host.neighbours.items() if n.mac},"
        "'ports': {m: [names[p] for p in ports] for (_, m), ports in host.forwarding.items()},"
        "'routes': {a: names[i] for a, i in host.routes.items()}}))"
    )
    inside = ["nsenter", f"--net=/run/netns/{node.namespace}"]
    read = _json([*inside, sys.executable, "-c", code])
    links = _json([*inside, "ip", "-json", "-details", "link"])
    expected = {
        one["ifname"]: [one.get("linkinfo", {}).get("info_kind", ""), one.get("master")]
        for one in links
    }
    assert read["links"] == expected
    neighbours = _json([*inside, "ip", "-json", "-4", "neighbour"])
    listed = {one["dst"]: [one["dev"], one["lladdr"]] for one in neighbours if "lladdr" in one}
    assert {one: read["neighbours"][one] for one in listed} == listed
    assert len(listed) == 10
    table = _json([*inside, "bridge", "-json", "fdb", "show", "br", "cni0"])
    ports: dict[str, set[str]] = {}
    for entry in table:
        if "master" in entry or entry["ifname"] == "cni0":
            ports.setdefault(entry["mac"], set()).add(entry["ifname"])
    for number in range(10, 20):
        mac = f"02:00:00:00:00:{number:02x}"
        assert read["ports"][mac] == list(ports[mac]) == [f"veth{number}"]
    assert read["routes"] == {f"10.99.0.{n}": "cni0" for n in range(10, 20)}


def _speak(pod: Any) -> None:
    code = (
        "import socket;"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'', ('10.99.0.1', 9))"
    )
    subprocess.run(pod.command(sys.executable, "-c", code), check=True)


def _looks(agent: Any) -> int:
    lines = agent.get("/metrics").splitlines()
    return int(
        next(
            line.split()[1] for line in lines if line.startswith('skm_node_looks_total{outcome="ok')
        )
    )


def _json(command: list[str]) -> Any:
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
