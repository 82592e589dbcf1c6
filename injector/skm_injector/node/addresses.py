# SPDX-License-Identifier: Apache-2.0
"""MAC and IPv4 addresses in the one form in which they are compared."""

from ipaddress import AddressValueError, IPv4Address

_GROUP_BIT = 1


def unicast_mac(text: object) -> str | None:
    """Return a MAC in lower case with colons, or nothing where it can't be one station's own.

    Some CNIs keep other things in the field; multicast, broadcast and zero are no station's.
    """
    if not isinstance(text, str):
        return None
    try:
        octets = bytes.fromhex(text.replace(":", "")) if text.count(":") == 5 else b""
    except ValueError:
        return None
    if len(octets) != 6 or octets[0] & _GROUP_BIT or not any(octets):
        return None
    return octets.hex(":")


def ipv4_address(text: object) -> str | None:
    """Return an IPv4 address without its prefix length, or nothing where it is none."""
    if not isinstance(text, str):
        return None
    try:
        return str(IPv4Address(text.partition("/")[0]))
    except AddressValueError:
        return None
