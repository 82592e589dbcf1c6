# SPDX-License-Identifier: Apache-2.0
"""Asks the kernel for its tables by rtnetlink, which needs no capability, and sends the probes."""

import errno
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from . import messages
from .errors import NetlinkError
from .host import Host, Link, Neighbour

PROBE_PORT: Final = 33434
"""A port that traceroute probes also use: closed in a pod, and known to who watches a network."""

_BUFFER: Final = 1 << 20
_TIMEOUT_SECONDS: Final = 5.0
_TRIES: Final = 3
_UNREACHABLE: Final = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINVAL, errno.EACCES)


class Kernel:
    """One netlink socket; not for use by several threads. Raises `NetlinkError`."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.bind((0, 0))
        self._socket.settimeout(_TIMEOUT_SECONDS)
        self._sequence = 0

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def links(self) -> dict[str, Link]:
        """Return the host's interfaces by name."""
        found = (messages.link(body) for body in self._dump(messages.RTM_GETLINK, 0))
        return {link.name: link for link in found}

    def read(self, addresses: Iterable[str]) -> Host:
        """Return the host's tables, with the routes of these addresses."""
        return Host(
            links=self.links(),
            neighbours=self._neighbours(),
            forwarding=self._forwarding(),
            routes={ip: leaves for ip in addresses if (leaves := self._route(ip)) is not None},
        )

    def _neighbours(self) -> dict[tuple[int, str], Neighbour]:
        bodies = self._dump(messages.RTM_GETNEIGH, messages.AF_INET)
        entries = filter(None, map(messages.neighbour, bodies))
        return {(index, address): known for index, address, known in entries}

    def _forwarding(self) -> dict[tuple[int, str], frozenset[int]]:
        ports: dict[tuple[int, str], frozenset[int]] = {}
        bodies = self._dump(messages.RTM_GETNEIGH, messages.AF_BRIDGE)
        for bridge, mac, port in filter(None, map(messages.forwarding, bodies)):
            ports[bridge, mac] = ports.get((bridge, mac), frozenset()) | {port}
        return ports

    def _dump(self, kind: int, family: int) -> list[bytes]:
        """Return a table's entries; one that changed while it was read is read again."""
        for _ in range(_TRIES):
            self._sequence += 1
            bodies, whole = self._ask(messages.dump_request(kind, family, self._sequence))
            if whole:
                return bodies
        raise NetlinkError("a table changes faster than it can be read")

    def _route(self, address: str) -> int | None:
        self._sequence += 1
        try:
            bodies, _ = self._ask(messages.route_request(address, self._sequence), several=False)
        except NetlinkError as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in _UNREACHABLE:
                return None
            raise
        return messages.route(bodies[0])

    def _ask(self, request: bytes, *, several: bool = True) -> tuple[list[bytes], bool]:
        try:
            self._socket.send(request)
            return self._collect(several)
        except OSError as error:
            raise NetlinkError(
                f"the kernel doesn't answer: {os.strerror(error.errno or 0)}"
            ) from error

    def _collect(self, several: bool) -> tuple[list[bytes], bool]:
        bodies: list[bytes] = []
        whole = True
        for kind, flags, body in self._answers():
            if kind in {messages.NLMSG_ERROR, messages.NLMSG_DONE}:
                if number := messages.error_number(body):
                    raise OSError(number, os.strerror(number))
                return bodies, whole
            whole = whole and not flags & messages.NLM_F_DUMP_INTR
            bodies.append(body)
            if not several:
                break
        return bodies, whole

    def _answers(self) -> Iterator[tuple[int, int, bytes]]:
        while True:
            datagram, sender = self._socket.recvfrom(_BUFFER)
            if sender[0] != 0:
                continue
            for kind, flags, sequence, body in messages.split(datagram):
                if sequence == self._sequence:
                    yield kind, flags, body


def probe(addresses: Iterable[str]) -> None:
    """Send each address one datagram, so that the kernel asks for its MAC; answers don't matter."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for address in addresses:
            with suppress(OSError):
                sender.sendto(b"", (address, PROBE_PORT))
