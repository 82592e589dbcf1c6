# SPDX-License-Identifier: Apache-2.0
"""rtnetlink's wire form, as far as the witnesses need it (RFC 3549, linux/rtnetlink.h): pure.

A page of code instead of a library, because this process runs on every node's network as root: it
keeps 20 MiB of memory free and one package out.
"""

import struct
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Final

from .errors import NetlinkError
from .host import Link, Neighbour, NeighbourState

RTM_GETLINK: Final = 18
RTM_GETROUTE: Final = 26
RTM_GETNEIGH: Final = 30
NLMSG_ERROR: Final = 2
NLMSG_DONE: Final = 3
NLM_F_REQUEST: Final = 0x01
NLM_F_DUMP: Final = 0x300
NLM_F_DUMP_INTR: Final = 0x10
AF_INET: Final = 2
AF_BRIDGE: Final = 7

_HEADER: Final = struct.Struct("=IHHII")
_ATTRIBUTE: Final = struct.Struct("=HH")
_LINK: Final = struct.Struct("=BxHiII")
_NEIGHBOUR: Final = struct.Struct("=BxxxiHBB")
_ROUTE: Final = struct.Struct("=BBBBBBBBI")
_INDEX: Final = struct.Struct("=I")
_TYPE_MASK: Final = 0x3FFF

_IFLA_IFNAME: Final = 3
_IFLA_MASTER: Final = 10
_IFLA_LINKINFO: Final = 18
_IFLA_INFO_KIND: Final = 1
_NDA_DST: Final = 1
_NDA_LLADDR: Final = 2
_NDA_MASTER: Final = 9
_RTA_DST: Final = 1
_RTA_OIF: Final = 4

_CONFIRMED: Final = 0x02 | 0x08 | 0x10 | 0x80  # reachable, delay, probe, permanent
_STALE: Final = 0x04


def dump_request(kind: int, family: int, sequence: int) -> bytes:
    """Return a request for a whole table: links, or neighbours of a family."""
    body = (
        _LINK.pack(family, 0, 0, 0, 0)
        if kind == RTM_GETLINK
        else _NEIGHBOUR.pack(family, 0, 0, 0, 0)
    )
    return _request(kind, NLM_F_REQUEST | NLM_F_DUMP, sequence, body)


def route_request(address: str, sequence: int) -> bytes:
    """Return the question by which interface an address leaves."""
    body = _ROUTE.pack(AF_INET, 32, 0, 0, 0, 0, 0, 0, 0)
    destination = _ATTRIBUTE.pack(_ATTRIBUTE.size + 4, _RTA_DST) + IPv4Address(address).packed
    return _request(RTM_GETROUTE, NLM_F_REQUEST, sequence, body + destination)


def split(datagram: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield type, flags, sequence and body of each message; raises `NetlinkError`."""
    offset = 0
    while offset + _HEADER.size <= len(datagram):
        length, kind, flags, sequence, _ = _HEADER.unpack_from(datagram, offset)
        if length < _HEADER.size or offset + length > len(datagram):
            raise NetlinkError("a message of impossible length")
        yield kind, flags, sequence, datagram[offset + _HEADER.size : offset + length]
        offset += _aligned(length)


def error_number(body: bytes) -> int:
    """Return the errno of an NLMSG_ERROR or NLMSG_DONE, 0 where all is well."""
    return -struct.unpack_from("=i", body)[0] if len(body) >= 4 else 0


def link(body: bytes) -> Link:
    """Read one interface."""
    _, _, index, _, _ = _fixed(_LINK, body)
    attributes = dict(_attributes(body[_LINK.size :]))
    information = dict(_attributes(attributes.get(_IFLA_LINKINFO, b"")))
    return Link(
        index=index,
        name=_text(attributes.get(_IFLA_IFNAME, b"")),
        kind=_text(information.get(_IFLA_INFO_KIND, b"")),
        master=_number(attributes, _IFLA_MASTER),
    )


def neighbour(body: bytes) -> tuple[int, str, Neighbour] | None:
    """Read one IPv4 neighbour: interface index, address, and what is known of it."""
    _, index, state, _, _ = _fixed(_NEIGHBOUR, body)
    attributes = dict(_attributes(body[_NEIGHBOUR.size :]))
    destination = attributes.get(_NDA_DST, b"")
    if len(destination) != 4:
        return None
    hardware = attributes.get(_NDA_LLADDR)
    known = Neighbour(hardware.hex(":") if hardware else None, _state(state))
    return index, str(IPv4Address(destination)), known


def forwarding(body: bytes) -> tuple[int, str, int] | None:
    """Read one entry of a bridge's table: bridge index, MAC and port index."""
    _, port, _, _, _ = _fixed(_NEIGHBOUR, body)
    attributes = dict(_attributes(body[_NEIGHBOUR.size :]))
    bridge, hardware = _number(attributes, _NDA_MASTER), attributes.get(_NDA_LLADDR)
    return (bridge, hardware.hex(":"), port) if bridge and hardware else None


def route(body: bytes) -> int | None:
    """Read the index of the interface by which an address leaves."""
    _fixed(_ROUTE, body)
    return _number(dict(_attributes(body[_ROUTE.size :])), _RTA_OIF)


def _request(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), kind, flags, sequence, 0) + body


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < _ATTRIBUTE.size or offset + length > len(data):
            raise NetlinkError("an attribute of impossible length")
        yield kind & _TYPE_MASK, data[offset + _ATTRIBUTE.size : offset + length]
        offset += _aligned(length)


def _fixed(form: struct.Struct, body: bytes) -> tuple[int, ...]:
    if len(body) < form.size:
        raise NetlinkError("a message without its fixed part")
    return form.unpack_from(body)


def _number(attributes: Mapping[int, bytes], kind: int) -> int | None:
    value = attributes.get(kind, b"")
    return int(_INDEX.unpack(value)[0]) if len(value) == _INDEX.size else None


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode("utf-8", "replace")


def _state(bits: int) -> NeighbourState:
    if bits & _CONFIRMED:
        return "confirmed"
    return "aging" if bits & _STALE else "absent"


def _aligned(length: int) -> int:
    return (length + 3) & ~3
