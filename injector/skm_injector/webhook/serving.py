# SPDX-License-Identifier: Apache-2.0
"""The webhook's certificate: taken from its Secret whenever that changes, without a restart."""

import asyncio
import ssl

from skm_injector.journal import log
from skm_injector.memory_files import MemoryFile


class ServingCertificate:
    """A server context whose certificate can be exchanged; new connections get the new one."""

    def __init__(self) -> None:
        self.context = _server_context()
        self.available = asyncio.Event()

    def load(self, chain: bytes, key: bytes) -> None:
        """Puts chain and key (PEM) in place; a pair that doesn't fit leaves the old one there."""
        with MemoryFile("chain", chain) as chain_file, MemoryFile("key", key) as key_file:
            try:
                _server_context().load_cert_chain(chain_file.path, key_file.path)
            except (ssl.SSLError, ValueError) as error:
                log("certificate_unusable", reason=str(error))
                return
            self.context.load_cert_chain(chain_file.path, key_file.path)
        self.available.set()
        log("certificate_loaded")


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
