# SPDX-License-Identifier: Apache-2.0
"""Readiness answers, asked over real sockets."""

import socket
import time
from threading import Thread

import pytest

from skm_injector.agent.readiness import (
    MOST_HELD,
    MOST_SILENT,
    REQUEST_TIMEOUT,
    Readiness,
)


@pytest.fixture
def readiness():
    readiness = Readiness(0, complete=False)
    Thread(target=readiness.serve, daemon=True).start()
    return readiness


def ask(readiness, request):
    client = socket.create_connection(("127.0.0.1", readiness.port), timeout=10)
    client.sendall(request)
    return client


def answer(client):
    with client:
        return client.recv(100).partition(b"\r\n")[0]


def test_not_ready_then_ready(readiness):
    assert answer(ask(readiness, b"GET /ready HTTP/1.1\r\n\r\n")).endswith(
        b"503 Service Unavailable"
    )
    readiness.complete()
    assert answer(ask(readiness, b"GET /ready HTTP/1.1\r\n\r\n")).endswith(b"200 OK")
    assert answer(ask(readiness, b"GET /started HTTP/1.1\r\n\r\n")).endswith(b"200 OK")


def test_all_who_wait_are_answered_when_the_set_is_complete(readiness):
    clients = [ask(readiness, b"GET /started HTTP/1.1\r\n\r\n") for _ in range(3)]
    assert answer(ask(readiness, b"GET /ready HTTP/1.1\r\n\r\n")).endswith(
        b"503 Service Unavailable"
    )
    readiness.complete()
    assert [answer(client) for client in clients] == [b"HTTP/1.1 200 OK"] * 3


def test_holds_no_more_than_a_few(readiness):
    request = b"GET /started HTTP/1.1\r\n\r\n"
    clients = [ask(readiness, request) for _ in range(MOST_HELD + 2)]
    for client in clients[:2]:
        assert answer(client).endswith(b"503 Service Unavailable")
    readiness.complete()
    assert answer(clients[-1]).endswith(b"200 OK")
    for client in clients[2:-1]:
        client.close()


def test_a_client_that_says_nothing_is_dropped_and_the_next_is_served(readiness):
    silent = ask(readiness, b"")
    assert answer(ask(readiness, b"GET /ready HTTP/1.1\r\n\r\n")).endswith(
        b"503 Service Unavailable"
    )
    assert silent.recv(1) == b""
    silent.close()


def test_many_who_say_nothing_keep_the_kubelet_s_answer_from_nobody(readiness):
    """Any pod of the network can connect; its silence must not take this one out of Services."""
    readiness.complete()
    silent = [ask(readiness, b"") for _ in range(MOST_SILENT + 8)]
    begin = time.monotonic()
    assert answer(ask(readiness, b"GET /ready HTTP/1.1\r\n\r\n")).endswith(b"200 OK")
    assert time.monotonic() - begin < REQUEST_TIMEOUT
    for client in silent:
        assert client.recv(1) == b""
        client.close()


def test_a_client_that_left_harms_nobody(readiness):
    ask(readiness, b"GET /started HTTP/1.1\r\n\r\n").close()
    assert answer(ask(readiness, b"GET /ready HTTP/1.1\r\n\r\n")).endswith(
        b"503 Service Unavailable"
    )
    readiness.complete()
    assert answer(ask(readiness, b"GET /ready HTTP/1.1\r\n\r\n")).endswith(b"200 OK")
