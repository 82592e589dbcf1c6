# SPDX-License-Identifier: Apache-2.0
import struct

import pytest

from skm_injector.node import messages
from skm_injector.node.errors import NetlinkError
from skm_injector.node.host import Neighbour


def attribute(kind: int, value: bytes) -> bytes:
    padding = b"\0" * (-len(value) % 4)
    return struct.pack("=HH", 4 + len(value), kind) + value + padding


def neighbour_body(state: int, *attributes: bytes, index: int = 7) -> bytes:
    return struct.pack("=BxxxiHBB", 2, index, state, 0, 1) + b"".join(attributes)


ADDRESS = attribute(1, bytes([10, 0, 0, 2]))
HARDWARE = attribute(2, bytes.fromhex("020000000001"))


@pytest.mark.parametrize(
    ("bits", "state"),
    [
        (0x01, "absent"),
        (0x02, "confirmed"),
        (0x04, "aging"),
        (0x08, "confirmed"),
        (0x10, "confirmed"),
        (0x20, "absent"),
        (0x40, "absent"),
        (0x80, "confirmed"),
        (0x00, "absent"),
    ],
)
def test_each_state_of_a_neighbour_has_its_meaning(bits: int, state: str) -> None:
    read = messages.neighbour(neighbour_body(bits, ADDRESS, HARDWARE))
    assert read
    assert read[:2] == (7, "10.0.0.2")
    assert read[2].state == state


def test_a_neighbour_without_a_mac_has_none() -> None:
    read = messages.neighbour(neighbour_body(0x20, ADDRESS))
    assert read == (7, "10.0.0.2", Neighbour(None, "absent"))


def test_an_ipv6_neighbour_is_passed_over() -> None:
    assert messages.neighbour(neighbour_body(2, attribute(1, bytes(16)), HARDWARE)) is None


def test_an_entry_outside_a_bridge_is_passed_over() -> None:
    assert messages.forwarding(neighbour_body(0x80, HARDWARE)) is None


def test_a_bridge_entry_names_bridge_mac_and_port() -> None:
    body = neighbour_body(2, HARDWARE, attribute(9, struct.pack("=I", 3)), index=5)
    assert messages.forwarding(body) == (3, "02:00:00:00:00:01", 5)


@pytest.mark.parametrize(
    "body",
    [b"", b"\0" * 11, neighbour_body(2, b"\x03\0\x01\0"), neighbour_body(2, b"\xff\0\x01\0")],
)
def test_what_is_no_message_is_an_error(body: bytes) -> None:
    with pytest.raises(NetlinkError):
        messages.neighbour(body)


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_message_of_impossible_length_is_an_error(length: int) -> None:
    with pytest.raises(NetlinkError):
        list(messages.split(struct.pack("=IHHII", length, 3, 0, 1, 0)))


def test_messages_of_one_datagram_are_split() -> None:
    one = struct.pack("=IHHII", 18, 28, 2, 1, 0) + b"ab" + b"\0\0"
    two = struct.pack("=IHHII", 16, 3, 0, 1, 0)
    assert list(messages.split(one + two)) == [(28, 2, 1, b"ab"), (3, 0, 1, b"")]
