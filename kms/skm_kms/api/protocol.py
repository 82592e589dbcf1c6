# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 on every plane: uvicorn's httptools protocol with peer, limits and deadlines.

A request is handed on only when it has arrived whole, so that no application waits for a slow
client, and requests of one connection are answered one after the other. What isn't HTTP/1.1 as
RFC 9112 has it is answered once and ends the connection: where two readers could disagree about
the end of a request (§11.2), there is no second request.
"""

import asyncio
from collections import deque
from typing import Any, Final

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from skm_kms.identity import CertificateError

from .connection import Connection, connection_of
from .crowd import Crowd
from .head import ONCE, RefusedRequestError, announced_length, check_head, unreadable
from .limits import Limits
from .refusal import Refusal
from .reply import problem
from .request_id import request_id

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class PlaneProtocol(HttpToolsProtocol):
    """One connection of a plane."""

    connection: Connection

    def __init__(self, config: Config, crowd: Crowd, limits: Limits) -> None:
        super().__init__(config, crowd, {})
        self.crowd = crowd
        # uvicorn's parser reads on behind a last request; ours stops there.
        self.parser = httptools.HttpRequestParser(self)
        self.limits = limits
        self.once: dict[bytes, bytes] = {}
        self.waiting: deque[Any] = deque()
        self.incoming: Any = None
        self.busy = False
        self._began = 0.0
        self._quiet_since = self.loop.time()
        self._stalled_since = 0.0
        self._header_bytes = 0
        self._raw_bytes = 0
        self._in_headers = False
        self._fresh = False
        self._expects = False
        self._first = True
        self._last = False
        self._deaf = False
        self._pumping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection stands; its peer is what the transport says."""
        super().connection_made(transport)
        try:
            self.connection = connection_of(transport)
        except CertificateError:
            transport.abort()
            return
        if not self.crowd.enter(self, self.connection.peer.address, self.limits):
            self.refuse("unavailable", "too many connections; try again")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; whoever answers it stops."""
        self.waiting.clear()
        self.crowd.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come; whole requests among them are started in their order."""
        if self._deaf or self.transport.is_closing():
            return
        self._fresh = False
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._deaf:
                self._refuse_by(error.__context__)
        if self._in_headers and not self._fresh:
            self._count_raw(len(data))
        self.pump()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self.url = b""
        self.headers = []
        self.once = {}
        self._header_bytes = self._raw_bytes = 0
        self._in_headers = self._fresh = True
        self._began = self.loop.time()

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        self._header_bytes += len(url)
        if self._header_bytes > self.limits.header_bytes:
            raise _too_large()
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; those that decide about a message may stand once only."""
        if not self._in_headers:
            raise unreadable("trailers aren't taken")
        self._header_bytes += len(name) + len(value) + 4
        name = name.lower()
        if name in ONCE:
            if name in self.once:
                raise unreadable(f"header {name.decode()} stands twice")
            self.once[name] = value
        self.headers.append((name, value))
        limits = self.limits
        if self._header_bytes > limits.header_bytes or len(self.headers) > limits.header_count:
            raise _too_large()

    def on_headers_complete(self) -> None:
        """The head is whole: whatever makes the request unreadable is refused before its body."""
        self._in_headers = False
        version = self.parser.get_http_version()
        check_head(version, self.url, self.once, upgrade=self.parser.should_upgrade())
        length = announced_length(self.once, self.limits.body_bytes)
        keep = version == "1.1" and self.parser.should_keep_alive()
        self._last = not keep
        self.incoming = self.begin(self.parser.get_method(), keep_alive=keep)
        if length and b"expect" in self.once:
            self._expects = True
            self._continue()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        cycle = self.incoming
        if len(cycle.body) + len(body) > self.limits.body_bytes:
            detail = f"the body has more than {self.limits.body_bytes} bytes"
            raise RefusedRequestError("too_large", detail)
        cycle.body += body

    def on_message_complete(self) -> None:
        """A request is whole and takes its place."""
        cycle, self.incoming = self.incoming, None
        cycle.more_body = False
        cycle.message_event.set()
        self._first = False
        self._expects = False
        self.waiting.append(cycle)
        # What comes behind a last request is nobody's; it is not even parsed.
        self._deaf = self._last

    def begin(self, method: bytes, *, keep_alive: bool) -> Any:
        """The cycle that will answer the request whose head has just come."""
        parsed = httptools.parse_url(self.url)
        scope: Any = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": method.decode("ascii"),
            "root_path": "",
            "path": parsed.path.decode("ascii"),
            "raw_path": parsed.path,
            "query_string": parsed.query or b"",
            "headers": self.headers,
            "state": {},
            "extensions": {"skm": self.connection},
        }
        return RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )

    def start(self, cycle: Any) -> None:
        """Let the application answer."""
        if isinstance(cycle, Refusal):
            self.transport.write(cycle.answer)
            self.transport.close()
        else:
            self._start_asgi_task(cycle, self.app)

    def pump(self) -> None:
        """Start what can be started: one request at a time, none while the peer doesn't read."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self.waiting and not self.busy and not self.flow.write_paused:
                self.busy = True
                self.cycle = self.waiting.popleft()
                self.start(self.cycle)
        finally:
            self._pumping = False
        if self.transport.is_closing():
            return
        if self.waiting:
            self.flow.pause_reading()
        else:
            self.flow.resume_reading()

    def on_response_complete(self) -> None:
        """An answer is written; the next request's turn."""
        self.server_state.total_requests += 1
        self.busy = False
        self._quiet_since = self.loop.time()
        if not self.transport.is_closing():
            self.pump()
            self._continue()

    def refuse(self, code: str, detail: str) -> None:
        """Answer what can't be read, after what came before it, and end the connection."""
        self._deaf = True
        self._in_headers = False
        self.incoming = None
        answer = problem(code, detail).message(request_id(None), close=True)
        self.waiting.append(Refusal(answer))
        self.pump()

    def shutdown(self) -> None:
        """The server drains: answer what has arrived whole, take nothing new."""
        self._deaf = True
        if self.busy or self.waiting:
            last = self.waiting[-1] if self.waiting else self.cycle
            last.keep_alive = False
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        """The peer doesn't read its answers: nothing more is read from it."""
        self._stalled_since = self.loop.time()
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """The peer reads again."""
        super().resume_writing()
        self.pump()

    def sweep(self, now: float) -> None:
        """End the connection if its peer is too slow; called about once a second."""
        if self.transport.is_closing():
            # Closing waits for the peer to take what is written: that wait has an end too.
            if now - self._quiet_since > self.limits.stall_seconds:
                self.transport.abort()
        elif self.flow.write_paused:
            if now - self._stalled_since > self.limits.stall_seconds:
                self.transport.abort()
        elif not self.busy and not self.waiting:
            self._sweep_reading(now)

    def _sweep_reading(self, now: float) -> None:
        limits = self.limits
        arriving = self._in_headers or self.incoming is not None
        if arriving:
            allowed = limits.header_seconds if self._in_headers else limits.body_seconds
            if now - self._began > allowed:
                self.refuse("request_timeout", "the request didn't arrive in time")
            return
        if now - self._quiet_since > (
            limits.header_seconds if self._first else limits.idle_seconds
        ):
            self.transport.close()

    def _refuse_by(self, reason: BaseException | None) -> None:
        """Refuse by what a callback raised; what the parser itself refuses has one reason."""
        if isinstance(reason, RefusedRequestError):
            self.refuse(reason.code, reason.detail)
        else:
            self.refuse("invalid_request", "this isn't a request of HTTP/1.1 (RFC 9112)")

    def _count_raw(self, size: int) -> None:
        """A header that doesn't end is held by the parser, where no callback counts it."""
        self._raw_bytes += size
        if self._raw_bytes > self.limits.header_bytes:
            self._refuse_by(_too_large())

    def _continue(self) -> None:
        """Ask for the body of a client that waits to be asked (RFC 9110 §10.1.1), in its turn."""
        if self._expects and not self.busy and not self.waiting:
            self._expects = False
            self.transport.write(_CONTINUE)


def _too_large() -> RefusedRequestError:
    return RefusedRequestError("headers_too_large", "the headers are larger or more than allowed")
