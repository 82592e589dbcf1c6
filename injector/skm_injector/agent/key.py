# SPDX-License-Identifier: Apache-2.0
"""The agent's private key, made in a short-lived child so that this process stays small.

Measured: 19 MiB instead of 30, because the library that makes keys is never loaded here. The key
travels in an anonymous file in memory that both processes have open.
"""

import importlib
import os
from typing import NamedTuple, NoReturn

from skm_injector.agent.errors import ChildError
from skm_injector.memory_files import MemoryFile


class PrivateKey(NamedTuple):
    """A private key by the path of its file in memory, and its certificate request (PEM)."""

    file: MemoryFile
    request: str


def make_key() -> PrivateKey:
    """A new key; must run before the first thread starts, because it forks. Raises ChildError."""
    key, request = MemoryFile("skm-key"), MemoryFile("skm-request")
    child = os.fork()
    if child == 0:
        _make_and_exit(key, request)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise ChildError(f"the child that makes the private key ended with status {status}")
    with request:
        return PrivateKey(key, request.read().decode("ascii"))


def _make_and_exit(key: MemoryFile, request: MemoryFile) -> NoReturn:
    """The child: whatever happens, it never returns into its parent's code."""
    status = 1
    try:
        made_key, made_request = importlib.import_module("skm_injector.agent.csr").make()
        key.write(made_key)
        request.write(made_request)
        status = 0
    finally:
        os._exit(status)
