# SPDX-License-Identifier: Apache-2.0
"""Runs in a container with NET_ADMIN: gives the pod's interface another MAC (SIOCSIFHWADDR)."""

import fcntl
import socket
import struct

SIOCSIFHWADDR = 0x8924
ETHERNET = 1
ADDRESS = bytes.fromhex("02babecafe01")

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
    request = struct.pack("16sH6s8x", b"eth0", ETHERNET, ADDRESS)
    fcntl.ioctl(handle, SIOCSIFHWADDR, request)
print(ADDRESS.hex(":"))
