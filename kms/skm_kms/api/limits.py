# SPDX-License-Identifier: Apache-2.0
"""What a connection may ask of the server: sizes in bytes, times in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one plane.

    `header_bytes` counts the request line and all headers. A request whose headers or body don't
    arrive in time is answered 408; an idle connection is closed, and so is one whose peer doesn't
    read its answers for `stall_seconds`. `connections_of_one` is the share of one address.
    """

    header_bytes: int = 16 * 1024
    header_count: int = 64
    body_bytes: int = 64 * 1024
    header_seconds: float = 10
    body_seconds: float = 20
    idle_seconds: float = 75
    stall_seconds: float = 30
    connections: int = 4096
    connections_of_one: int = 128


DATA = Limits()
IDENTITY = Limits(body_bytes=256 * 1024)
"""A snapshot of a full node's evidence has about 50 KiB."""
ADMIN = Limits(body_bytes=256 * 1024)
"""A secret of 32 KiB can take six times as much when a client escapes every character."""
HEALTH = Limits(header_bytes=8 * 1024, body_bytes=0, idle_seconds=30, connections=256)
