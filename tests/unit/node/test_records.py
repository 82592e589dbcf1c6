# SPDX-License-Identifier: Apache-2.0
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from skm_injector.node.errors import RecordError
from skm_injector.node.records import MAXIMUM_BYTES, Record, ResultCache, parse

Make = Callable[..., bytes]


def test_a_bridge_result_declares_uid_address_mac_and_host_interfaces(bridge_result: Make) -> None:
    assert parse(bridge_result(), 7) == Record(
        pod_uid="uid-a",
        interface="eth0",
        ipv4="10.201.0.2",
        mac="d2:6f:2e:36:7a:36",
        host_interfaces=("cni0", "veth-a"),
        written=7,
    )


def test_a_ptp_result_declares_the_pods_own_veth(ptp_result: Make) -> None:
    record = parse(ptp_result(), 0)
    assert record
    assert record.host_interfaces == ("veth-a",)
    assert (record.ipv4, record.mac) == ("10.201.0.3", "6a:0b:9e:52:15:f2")


@pytest.mark.parametrize("garbage", ["0", "2", "vlan.eth.1", ""])
def test_a_mac_field_used_for_something_else_declares_none(ptp_result: Make, garbage: str) -> None:
    record = parse(ptp_result(mac=garbage), 0)
    assert record
    assert record.mac is None
    assert record.ipv4 == "10.201.0.3"


def test_an_ipv6_address_beside_it_is_passed_over(cni_cached: Make) -> None:
    interfaces = [{"name": "v"}, {"name": "eth0", "mac": "02:00:00:00:00:01", "sandbox": "/s"}]
    ips = [
        {"address": "fd00::2/64", "interface": 1},
        {"address": "10.0.0.2/24", "interface": 1},
    ]
    record = parse(cni_cached("uid", interfaces, ips), 0)
    assert record
    assert record.ipv4 == "10.0.0.2"


def test_an_address_of_another_interface_is_not_the_pods(cni_cached: Make) -> None:
    interfaces = [{"name": "v"}, {"name": "eth0", "mac": "02:00:00:00:00:01", "sandbox": "/s"}]
    record = parse(cni_cached("uid", interfaces, [{"address": "10.0.0.2/24", "interface": 0}]), 0)
    assert record
    assert record.ipv4 is None


def test_two_addresses_are_none(cni_cached: Make) -> None:
    interfaces = [{"name": "eth0", "mac": "02:00:00:00:00:01", "sandbox": "/s"}]
    ips = [{"address": "10.0.0.2/24"}, {"address": "10.0.0.3/24"}]
    record = parse(cni_cached("uid", interfaces, ips), 0)
    assert record
    assert record.ipv4 is None


def test_a_result_without_a_pod_is_no_record(cni_cached: Make) -> None:
    assert parse(cni_cached(None, [], []), 0) is None


def test_a_uid_in_an_annotation_is_no_uid(cni_cached: Make) -> None:
    content = json.loads(cni_cached(None, [], []))
    content["capabilityArgs"]["K8S_POD_UID"] = "forged"
    assert parse(json.dumps(content).encode(), 0) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"cniArgs": [["K8S_POD_UID", "u"]]}',
        b'{"cniArgs": [["K8S_POD_UID"]]}',
        b'{"cniArgs": [["K8S_POD_UID","u"]], "ifName": "eth0", "result": {"interfaces": [1]}}',
        b'{"cniArgs": [["K8S_POD_UID","u"]], "ifName": "eth0", "result": {"ips": 3}}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_cached_result_is_an_error(content: bytes) -> None:
    with pytest.raises(RecordError):
        parse(content, 0)


def test_the_cache_follows_files_that_come_change_and_go(
    tmp_path: Path, bridge_result: Make
) -> None:
    cache = ResultCache(tmp_path)
    file = tmp_path / "pods-221e9ff4-eth0"
    file.write_bytes(bridge_result(uid="one"))
    assert [record.pod_uid for record in cache.read()] == ["one"]
    file.write_bytes(bridge_result(uid="other-uid"))
    assert [record.pod_uid for record in cache.read()] == ["other-uid"]
    file.unlink()
    assert cache.read() == []


def test_an_unreadable_file_is_counted_and_hides_no_other(
    tmp_path: Path, bridge_result: Make
) -> None:
    (tmp_path / "a").write_bytes(b"{")
    (tmp_path / "b").write_bytes(bridge_result())
    (tmp_path / "c").mkdir()
    (tmp_path / "d").symlink_to(tmp_path / "b")
    cache = ResultCache(tmp_path)
    assert len(cache.read()) == len(cache.read()) == 1
    assert cache.unreadable == 3
    (tmp_path / "a").write_bytes(bridge_result(uid="mended"))
    assert {record.pod_uid for record in cache.read()} == {"uid-a", "mended"}
    assert cache.unreadable == 2


@pytest.mark.parametrize(("extra", "read"), [(0, 1), (1, 0)])
def test_a_file_has_a_largest_size(
    tmp_path: Path, bridge_result: Make, extra: int, read: int
) -> None:
    content = bridge_result()
    padding = b" " * (MAXIMUM_BYTES - len(content) + extra)
    (tmp_path / "large").write_bytes(content + padding)
    assert len(ResultCache(tmp_path).read()) == read


def test_a_record_carries_the_files_time(tmp_path: Path, bridge_result: Make) -> None:
    (tmp_path / "a").write_bytes(bridge_result())
    os.utime(tmp_path / "a", ns=(5, 5))
    assert ResultCache(tmp_path).read()[0].written == 5


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ResultCache(tmp_path / "missing").read()
