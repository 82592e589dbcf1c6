# SPDX-License-Identifier: Apache-2.0
"""Runs in any pod, standard library only: calls given on standard input as JSON, answers as JSON.

A secret that is served is told by its fields' names only.
"""

import http.client
import json
import socket
import ssl
import sys
import tempfile
from typing import Any


def main() -> None:
    """Each path is called over a connection of its own."""
    wanted = json.load(sys.stdin)
    context = ssl.create_default_context(cadata=wanted["ca"])
    if wanted.get("certificate"):
        with tempfile.NamedTemporaryFile(mode="w", dir="/dev/shm") as file:
            file.write(wanted["key"] + wanted["certificate"])
            file.flush()
            context.load_cert_chain(file.name)
    print(json.dumps([call(wanted, context, path) for path in wanted["paths"]]))


def call(wanted: dict[str, Any], context: ssl.SSLContext, path: str) -> dict[str, Any]:
    """The answer of one call, without any secret."""
    host, port = wanted["host"], wanted["port"]
    connection = http.client.HTTPSConnection(host, port, context=context, timeout=10)
    plain = socket.create_connection((host, port), timeout=10)
    connection.sock = context.wrap_socket(plain, server_hostname=wanted["serverName"])
    connection.request("GET", path)
    response = connection.getresponse()
    answer = json.loads(response.read())
    if "fields" in answer:
        answer["fields"] = sorted(answer["fields"])
    return {"status": response.status, **answer, "value": None}


main()
