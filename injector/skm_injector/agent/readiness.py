# SPDX-License-Identifier: Apache-2.0
"""Readiness for the kubelet: plain HTTP on the pod's address, true for good once the set was there.

`/ready` answers at once. `/started` holds its answer until then: clusters before Kubernetes 1.35
use it as a startup probe that is asked once instead of every second.
"""

import socket
import time
from select import select
from threading import Lock
from typing import Final

from skm_injector.agent.errors import PortError

REQUEST_TIMEOUT: Final = 1.0
"""Seconds until a client that sends no request is dropped; nobody waits for it meanwhile."""

HOLD: Final = 25.0
"""Seconds that `/started` is held; the probe's own timeout is 30."""

LARGEST_REQUEST: Final = 2048
MOST_HELD: Final = 8
MOST_SILENT: Final = 64
"""Clients that may be connected without having asked; the oldest makes room for the next."""


class Readiness:
    """A listening socket; `serve` is a thread of its own. Raises PortError."""

    def __init__(self, port: int, *, complete: bool) -> None:
        self._complete = complete
        self._lock = Lock()
        self._held: list[tuple[float, socket.socket]] = []
        self._silent: dict[socket.socket, float] = {}
        try:
            self._listener = socket.create_server(("", port), backlog=MOST_SILENT)
        except OSError as error:
            raise PortError(f"port {port} can't be had: {error.strerror}") from None

    @property
    def port(self) -> int:
        """The port in use, when 0 was asked for."""
        return int(self._listener.getsockname()[1])

    def complete(self) -> None:
        """The set is there: answers all who wait, and everybody from now on."""
        with self._lock:
            self._complete = True
            waiting, self._held = self._held, []
        for _, client in waiting:
            _answer(client, ready=True)

    def serve(self) -> None:
        """Answers for ever."""
        while True:
            patience = REQUEST_TIMEOUT if self._silent else None
            for asking in select([self._listener, *self._silent], [], [], patience)[0]:
                if asking is self._listener:
                    self._admit()
                else:
                    del self._silent[asking]
                    self._serve_one(asking)
            self._drop_silent(time.monotonic() - REQUEST_TIMEOUT)
            self._drop_old(time.monotonic() - HOLD)

    def _admit(self) -> None:
        """Takes a client; its request is read only once it is there."""
        try:
            client, _ = self._listener.accept()
        except ConnectionError:
            return
        client.settimeout(REQUEST_TIMEOUT)
        self._silent[client] = time.monotonic()

    def _serve_one(self, client: socket.socket) -> None:
        try:
            request = client.recv(LARGEST_REQUEST)
        except OSError:
            client.close()
            return
        with self._lock:
            held = not self._complete and request.startswith(b"GET /started ")
            if held:
                self._held.append((time.monotonic(), client))
        if not held:
            _answer(client, ready=self._complete)

    def _drop_silent(self, before: float) -> None:
        surplus = len(self._silent) - MOST_SILENT
        for number, (client, since) in enumerate(list(self._silent.items())):
            if number < surplus or since < before:
                del self._silent[client]
                client.close()

    def _drop_old(self, before: float) -> None:
        with self._lock:
            surplus = self._held[:-MOST_HELD]
            old = [entry for entry in self._held if entry[0] < before or entry in surplus]
            self._held = [entry for entry in self._held if entry not in old]
        for _, client in old:
            _answer(client, ready=False)


def _answer(client: socket.socket, *, ready: bool) -> None:
    status, body = ("200 OK", "ready\n") if ready else ("503 Service Unavailable", "waiting\n")
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    try:
        client.sendall(f"{head}Connection: close\r\n\r\n{body}".encode())
    except OSError:
        return
    finally:
        client.close()
