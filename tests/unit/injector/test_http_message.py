# SPDX-License-Identifier: Apache-2.0
"""Requests and responses as bytes, over real socket pairs."""

import socket

import pytest

from skm_injector.http_message import (
    LARGEST_BODY,
    LARGEST_HEAD,
    Response,
    Stale,
    read_response,
    request_bytes,
)


def answer(*parts):
    """The response read when a server sends these parts and closes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        for part in parts:
            theirs.sendall(part)
        theirs.shutdown(socket.SHUT_WR)
        return read_response(ours, b"GET / HTTP/1.1\r\n\r\n")


def test_a_request_with_and_without_body_and_token():
    assert request_bytes("GET", "/x", "kms", b"", "") == (
        b"GET /x HTTP/1.1\r\nHost: kms\r\nAccept: application/json\r\n\r\n"
    )
    sent = request_bytes("POST", "/x", "kms", b"{}", "t")
    assert sent.endswith(b"Content-Length: 2\r\nAuthorization: Bearer t\r\n\r\n{}")


def test_a_token_can_t_smuggle_what_isn_t_ascii():
    with pytest.raises(UnicodeEncodeError):
        request_bytes("POST", "/x", "kms", b"", "é")


def test_a_response_in_one_part_and_in_many():
    whole = b"HTTP/1.1 200 OK\r\ncontent-LENGTH:  5\r\n\r\nhello"
    assert answer(whole) == Response(200, b"hello", False)
    assert answer(*(whole[n : n + 1] for n in range(len(whole)))) == Response(200, b"hello", False)


def test_no_content_and_the_end_of_a_connection():
    assert answer(b"HTTP/1.1 204 No Content\r\nconnection: Close\r\n\r\n") == Response(
        204, b"", True
    )


def test_a_connection_that_ended_before_is_stale():
    with pytest.raises(Stale):
        answer()


@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    ],
)
def test_an_answer_that_breaks_off_is_no_stale_connection(content):
    with pytest.raises(ConnectionError) as caught:
        answer(content)
    assert not isinstance(caught.value, Stale)


@pytest.mark.parametrize(
    "content",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1),
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * (LARGEST_HEAD // 6 + 1),
    ],
)
def test_what_is_no_answer_of_the_kms_is_refused(content):
    with pytest.raises(ValueError, match=r"HTTP|length|large|invalid literal"):
        answer(content)


def test_no_repr_shows_a_body():
    assert "hello" not in repr(Response(200, b"hello", False))
