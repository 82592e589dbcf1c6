# SPDX-License-Identifier: Apache-2.0
"""A plane: one listener, its connections, and how they end."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

from uvicorn.config import Config

from .asgi import Application
from .crowd import Crowd
from .limits import Limits
from .protocol import PlaneProtocol

ProtocolFactory = Callable[[Config, Crowd, Limits], PlaneProtocol]

BACKLOG: Final = 1024
HANDSHAKE_SECONDS: Final = 10.0
GOODBYE_SECONDS: Final = 2.0
"""How long a closing connection waits for its peer's close_notify."""


class Plane:
    """One of the KMS's listeners; all share one event loop."""

    def __init__(
        self,
        name: str,
        app: Application,
        limits: Limits,
        *,
        protocol: ProtocolFactory = PlaneProtocol,
        tls: ssl.SSLContext | None = None,
        sweep_seconds: float = 1.0,
    ) -> None:
        self.name = name
        self.state = Crowd()
        self._limits = limits
        self._tls = tls
        self._protocol = protocol
        self._sweep_seconds = sweep_seconds
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._config = Config(
            app,
            loop="none",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            # A forwarding header is what anybody says: it is never read (DESIGN §6.9).
            proxy_headers=False,
            server_header=False,
            date_header=False,
        )
        self._config.load()

    async def listen(self, host: str, port: int) -> int:
        """Accept connections on a TCP address; port 0 takes a free one. Returns the port."""
        loop = asyncio.get_running_loop()
        secured = self._tls is not None
        self._server = await loop.create_server(
            self._connection,
            host,
            port,
            ssl=self._tls,
            backlog=BACKLOG,
            ssl_handshake_timeout=HANDSHAKE_SECONDS if secured else None,
            ssl_shutdown_timeout=GOODBYE_SECONDS if secured else None,
        )
        self._sweep()
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def listen_unix(self, path: Path) -> None:
        """Accept connections on a Unix socket that only this process's own user may open."""
        loop = asyncio.get_running_loop()
        listener = _private_socket(path)
        self._server = await loop.create_unix_server(self._connection, sock=listener, backlog=16)
        self._sweep()

    async def drain(self, seconds: float) -> None:
        """Take nothing new, answer what has been asked, and end; at most so many seconds."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self.state.connections):
            connection.shutdown()
        deadline = asyncio.get_running_loop().time() + seconds
        # uvicorn's set of connections tells nobody when it empties.
        while self.state.connections and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for connection in list(self.state.connections):
            connection.transport.abort()
        for task in list(self.state.tasks):
            task.cancel()
        if self._sweeper is not None:
            self._sweeper.cancel()

    def _connection(self) -> PlaneProtocol:
        return self._protocol(self._config, self.state, self._limits)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in list(self.state.connections):
            if isinstance(connection, PlaneProtocol):
                connection.sweep(now)
        self._sweeper = loop.call_later(self._sweep_seconds, self._sweep)


def _private_socket(path: Path) -> socket.socket:
    """A bound socket; the process's umask keeps it from other users from its first moment on."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    return listener
