# SPDX-License-Identifier: Apache-2.0
"""Lets only the KMS in: the peer's certificate is looked at once, when a connection is made."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from skm_common import names

from .app import forbidden
from .tls import peer_names


class KmsOnlyProtocol(HttpToolsProtocol):
    """uvicorn's protocol; a peer that is not named `skm-kms` is answered 403 whatever it asks.

    TLS has verified the chain by then, against the internal CA only.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Choose the application by who the peer is; without TLS it is nobody."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        if tls is None or names.KMS not in peer_names(tls.getpeercert()):
            self.app = forbidden
