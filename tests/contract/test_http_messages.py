# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 as bytes, by both ways in: order under pipelining, limits, and no smuggled request."""

import json
import ssl
from collections.abc import Iterator

import pytest
from kms_harness import Client, Installation, b64

ENC = "/v1/keystores/orders.orders/keys/enc:encrypt"
DB = "/v1/keystores/orders.orders/keys/orders-db/secret"
WHO = "/v1/whoami"


class Wire:
    """One TLS connection, written and read byte by byte."""

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self.connection = connection
        connection.settimeout(10)
        self.buffer = b""

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer; `100 Continue` counts as one."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        length = int(headers.get("content-length", "0"))
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return int(first.split()[1]), headers, body

    def closed(self) -> bool:
        """Whether the server has nothing more to say and has closed."""
        try:
            rest = self.connection.recv(1)
        except (ConnectionError, ssl.SSLError):
            rest = b""
        return self.buffer == b"" and rest == b""

    def _more(self) -> None:
        data = self.connection.recv(65536)
        if not data:
            raise EOFError
        self.buffer += data


@pytest.fixture
def wire(honest: Client) -> Iterator[Wire]:
    connection = honest.raw_socket()
    yield Wire(connection)
    connection.close()


def request(method: str, target: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: kms", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def encrypt(text: bytes, *headers: str) -> bytes:
    return request("POST", ENC, json.dumps({"plaintext": b64(text)}).encode(), *headers)


def test_pipelined_requests_are_answered_in_their_order(wire: Wire) -> None:
    """Hot calls, calls by ASGI and refused calls, all in one write."""
    kinds = [
        (request("GET", DB), 200),
        (request("GET", WHO), 200),
        (encrypt(b"one"), 200),
        (request("GET", "/nothing"), 404),
        (request("GET", f"{DB}?version=99"), 404),
        (request("GET", f"{DB}?after=0&wait=0"), 200),
        (encrypt(b"two"), 200),
    ] * 8
    numbered = [
        (message.replace(b"Host: kms", b"Host: kms\r\nX-Request-Id: n-%d" % n, 1), status)
        for n, (message, status) in enumerate(kinds)
    ]
    wire.send(b"".join(message for message, _ in numbered))
    for number, (_, expected) in enumerate(numbered):
        status, headers, _ = wire.answer()
        assert (headers["x-request-id"], status) == (f"n-{number}", expected)


def test_a_request_may_come_byte_by_byte(wire: Wire) -> None:
    for byte in encrypt(b"slow") + request("GET", DB):
        wire.send(bytes([byte]))
    assert wire.answer()[0] == 200
    assert wire.answer()[0] == 200


def test_a_body_may_be_chunked(wire: Wire) -> None:
    body = json.dumps({"plaintext": b64(b"chunked")}).encode()
    head = request("POST", ENC, b"", "Content-Type: application/json", "Transfer-Encoding: chunked")
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    wire.send(head + chunks + request("GET", DB))
    assert [wire.answer()[0], wire.answer()[0]] == [200, 200]


def test_a_client_that_waits_to_be_asked_is_asked(wire: Wire) -> None:
    message = encrypt(b"later", "Expect: 100-continue")
    head, _, body = message.partition(b"\r\n\r\n")
    wire.send(head + b"\r\n\r\n")
    assert wire.answer()[0] == 100
    wire.send(body)
    assert wire.answer()[0] == 200


def test_a_client_that_waits_to_be_asked_is_asked_in_its_turn(wire: Wire) -> None:
    message = encrypt(b"later", "Expect: 100-continue")
    head, _, body = message.partition(b"\r\n\r\n")
    wire.send(request("GET", WHO) + request("GET", DB) + head + b"\r\n\r\n")
    assert [wire.answer()[0] for _ in range(3)] == [200, 200, 100]
    wire.send(body)
    assert wire.answer()[0] == 200


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(wire: Wire) -> None:
    head = "Content-Type: application/json", "Content-Length: 65537", "Expect: 100-continue"
    wire.send(request("POST", ENC, b"", *head))
    status, headers, body = wire.answer()
    assert (status, json.loads(body)["code"]) == (413, "too_large")
    assert headers["connection"] == "close"
    assert wire.closed()


def test_the_largest_body_is_read_and_one_byte_more_is_not(wire: Wire) -> None:
    body = json.dumps({"plaintext": ""}).encode()
    wire.send(request("POST", ENC, body.ljust(65536)))
    assert wire.answer()[0] == 400
    head = request("POST", ENC, b"", "Content-Type: application/json", "Transfer-Encoding: chunked")
    wire.send(head + b"10001\r\n" + body.ljust(65537) + b"\r\n0\r\n\r\n")
    assert wire.answer()[0] == 413
    assert wire.closed()


@pytest.mark.parametrize("target", [DB, WHO])
def test_the_connection_closes_when_the_client_says_so(wire: Wire, target: str) -> None:
    wire.send(request("GET", target, b"", "Connection: close") + request("GET", target))
    status, headers, _ = wire.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert wire.closed()


def test_http_1_0_is_answered_and_closed(wire: Wire) -> None:
    wire.send(f"GET {DB} HTTP/1.0\r\n\r\n".encode())
    status, headers, _ = wire.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert wire.closed()


def test_many_headers_and_long_ones_are_taken_up_to_the_limit(wire: Wire) -> None:
    wire.send(request("GET", DB, b"", *[f"X-{n}: y" for n in range(63)]))
    assert wire.answer()[0] == 200
    wire.send(request("GET", DB, b"", "X-Long: " + "y" * 15_000))
    assert wire.answer()[0] == 200


OVERSIZED = {
    "too many headers": request("GET", DB, b"", *[f"X-{n}: y" for n in range(64)]),
    "a long header": request("GET", DB, b"", "X-Long: " + "y" * 16_384),
    "a long target": request("GET", DB + "?" + "y" * 16_384),
    "many long headers": request("GET", DB, b"", *[f"X-{n}: {'y' * 1000}" for n in range(17)]),
}


@pytest.mark.parametrize("name", OVERSIZED)
def test_headers_beyond_the_limit_are_refused(wire: Wire, name: str) -> None:
    wire.send(OVERSIZED[name])
    status, headers, body = wire.answer()
    assert (status, json.loads(body)["code"]) == (431, "headers_too_large")
    assert headers["connection"] == "close"
    assert wire.closed()


def test_a_header_that_never_ends_is_refused(wire: Wire) -> None:
    wire.send(f"GET {DB} HTTP/1.1\r\nHost: kms\r\nX-Long: ".encode())
    try:
        for _ in range(64):
            wire.send(b"y" * 4096)
    except OSError:
        pass
    assert wire.answer()[0] == 431


SMUGGLED = request("GET", "/smuggled")
BODY = b'{"plaintext":"aGk="}'
HEAD = f"POST {ENC} HTTP/1.1\r\nHost: kms\r\nContent-Type: application/json\r\n".encode()
CHUNKED = b"Transfer-Encoding: chunked\r\n"

SMUGGLING = {
    "length and coding": HEAD + b"Content-Length: 6\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "coding and length": HEAD + CHUNKED + b"Content-Length: 6\r\n" + b"\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": HEAD + b"Content-Length: 20\r\nContent-Length: 0\r\n\r\n" + BODY,
    "the same length twice": HEAD + b"Content-Length: 20\r\nContent-Length: 20\r\n\r\n" + BODY,
    "a list of lengths": HEAD + b"Content-Length: 20, 20\r\n\r\n" + BODY,
    "a signed length": HEAD + b"Content-Length: +20\r\n\r\n" + BODY,
    "a hexadecimal length": HEAD + b"Content-Length: 0x14\r\n\r\n" + BODY,
    "a length with a space": HEAD + b"Content-Length: 2 0\r\n\r\n" + BODY,
    "an underscored length": HEAD + b"Content-Length: 2_0\r\n\r\n" + BODY,
    "an enormous length": HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n" + BODY,
    "an empty length": HEAD + b"Content-Length: \r\n\r\n" + BODY,
    "a space before the colon": HEAD + b"Content-Length : 20\r\n\r\n" + BODY,
    "a space before the coding's colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding that isn't last": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "identity": HEAD + b"Transfer-Encoding: identity\r\n\r\n" + SMUGGLED,
    "two codings": HEAD + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "a coding with a tab": HEAD + b"Transfer-Encoding:\tchunked\x0b\r\n\r\n0\r\n\r\n",
    "a folded header": HEAD + b"X-A: b\r\n Content-Length: 20\r\n\r\n" + BODY,
    "bare line feeds": HEAD.replace(b"\r\n", b"\n") + b"Content-Length: 20\n\n" + BODY,
    "one bare line feed": HEAD + b"X-A: b\nContent-Length: 20\r\n\r\n" + BODY,
    "a bare carriage return": HEAD + b"X-A: b\rContent-Length: 20\r\n\r\n" + BODY,
    "a NUL in a header": HEAD + b"X-A: b\x00c\r\nContent-Length: 20\r\n\r\n" + BODY,
    "a NUL in a name": HEAD + b"X-\x00A: b\r\nContent-Length: 20\r\n\r\n" + BODY,
    "a chunk size with a sign": HEAD + CHUNKED + b"\r\n+14\r\n" + BODY + b"\r\n0\r\n\r\n",
    "a chunk size with 0x": HEAD + CHUNKED + b"\r\n0x14\r\n" + BODY + b"\r\n0\r\n\r\n",
    "an enormous chunk": HEAD + CHUNKED + b"\r\nfffffffffffffffff\r\n",
    "a chunk that ends elsewhere": HEAD + CHUNKED + b"\r\n14\r\n" + BODY + b"XX0\r\n\r\n",
    "a chunk with bare line feeds": HEAD + CHUNKED + b"\r\n14\n" + BODY + b"\n0\n\n",
    "a trailer": HEAD + CHUNKED + b"\r\n0\r\nContent-Length: 5\r\n\r\n" + SMUGGLED,
    "no host": f"GET {DB} HTTP/1.1\r\n\r\n".encode(),
    "two hosts": f"GET {DB} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".encode(),
    "an absolute target": b"GET https://kms/v1/whoami HTTP/1.1\r\nHost: kms\r\n\r\n",
    "a tunnel": b"CONNECT kms:443 HTTP/1.1\r\nHost: kms\r\n\r\n",
    "an upgrade": f"GET {DB} HTTP/1.1\r\nHost: kms\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\n\r\n".encode(),
    "h2c": f"GET {DB} HTTP/1.1\r\nHost: kms\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n".encode(),
    "an HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another version": f"GET {DB} HTTP/1.2\r\nHost: kms\r\n\r\n".encode(),
    "HTTP/0.9": f"GET {DB}\r\n\r\n".encode(),
    "a space in the target": b"GET /v1/who ami HTTP/1.1\r\nHost: kms\r\n\r\n",
    "chunks in HTTP/1.0": HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + CHUNKED + b"\r\n0\r\n\r\n",
    "two request ids": request("GET", DB, b"", "X-Request-Id: a", "X-Request-Id: b"),
    "an unknown expectation": encrypt(b"x", "Expect: 200-ok"),
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_what_two_readers_could_read_differently_ends_the_connection(wire: Wire, name: str) -> None:
    """One answer, 400, and nothing behind it: the smuggled request is never answered."""
    wire.send(request("GET", WHO) + SMUGGLING[name] + SMUGGLED + SMUGGLED)
    assert wire.answer()[0] == 200
    status, headers, body = wire.answer()
    assert (status, json.loads(body)["code"]) == (400, "invalid_request")
    assert headers["connection"] == "close"
    assert wire.closed()


def test_a_forwarding_header_is_never_read(honest: Client) -> None:
    """The caller's address is the transport's, whatever the headers say (DESIGN §6.9)."""
    said = {
        "Forwarded": "for=127.0.0.66",
        "X-Forwarded-For": "127.0.0.66",
        "X-Real-IP": "127.0.0.66",
        "X-Forwarded-Client-Cert": 'Subject="CN=root"',
    }
    plain = honest.call("GET", WHO).json()
    assert honest.call("GET", WHO, headers=said).json() == plain
    assert plain["address"] == "127.0.0.5"


def test_every_plane_speaks_tls_1_3_only(kms: Installation, honest: Client) -> None:
    for plane in ("data", "identity", "admin"):
        client = kms.client(plane)
        connection = client.raw_socket()
        assert connection.version() == "TLSv1.3"
        connection.close()
        client.context.minimum_version = ssl.TLSVersion.TLSv1_2
        client.context.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(ssl.SSLError):
            client.raw_socket()


def test_no_session_can_be_resumed(honest: Client) -> None:
    """A ticket would let a client back in without its certificate being looked at."""
    connection = honest.raw_socket()
    wire = Wire(connection)
    wire.send(request("GET", WHO))
    assert wire.answer()[0] == 200
    assert connection.session is None or not connection.session.has_ticket
    connection.close()
