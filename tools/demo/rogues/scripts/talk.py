# SPDX-License-Identifier: Apache-2.0
"""Runs inside a pod, by `python3 -c`: talks to the KMS as its argument says, answers as JSON.

- `mint`, in the agent's container: a new session by the pod's own token, as a thief with `exec`
  could take it. The pod's own agent takes its session back within seconds.
- `own`, in the agent's container: the same, and at once the calls whose paths stand on the input.
- `call`, in any container, standard library only: calls with what stands on the input.

A secret that is served is told by its fields' names only.
"""

import http.client
import json
import os
import socket
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any

TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


def mint() -> dict[str, Any]:
    """One call of the identity plane."""
    from skm_injector.agent.csr import make  # noqa: PLC0415 (only the agent's image has it)

    key, request = make()
    ca, name = os.environ["SKM_CA"], os.environ["SKM_SERVER_NAME"]
    connection = connect(os.environ["SKM_IDENTITY"], name, ssl.create_default_context(cadata=ca))
    headers = {
        "Authorization": f"Bearer {TOKEN.read_text().strip()}",
        "Content-Type": "application/json",
    }
    connection.request("POST", "/v1/identity", json.dumps({"csr": request.decode()}), headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    return {
        "status": response.status,
        "problem": None if response.status == 200 else answer,
        "certificate": answer.get("certificate"),
        "key": key.decode(),
        "ca": ca,
        "serverName": name,
    }


def call(session: dict[str, Any], address: str, paths: list[str]) -> list[dict[str, Any]]:
    """Each path over a connection of its own, by the session's certificate if it has one."""
    context = ssl.create_default_context(cadata=session["ca"])
    if session["certificate"]:
        with tempfile.NamedTemporaryFile(mode="w", dir="/dev/shm") as file:
            file.write(session["key"] + session["certificate"])
            file.flush()
            context.load_cert_chain(file.name)
    return [get(connect(address, session["serverName"], context), path) for path in paths]


def get(connection: http.client.HTTPSConnection, path: str) -> dict[str, Any]:
    """The answer of one call, without any secret."""
    connection.request("GET", path)
    response = connection.getresponse()
    answer = json.loads(response.read())
    if "fields" in answer:
        answer["fields"] = sorted(answer["fields"])
    return {"status": response.status, **answer, "value": None}


def connect(address: str, name: str, context: ssl.SSLContext) -> http.client.HTTPSConnection:
    """A connection to any address that must prove the KMS's name."""
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=10)
    plain = socket.create_connection((host, int(port)), timeout=10)
    connection.sock = context.wrap_socket(plain, server_hostname=name)
    return connection


def main() -> Any:
    """What the argument asks for."""
    if sys.argv[1] == "mint":
        return mint()
    wanted = json.load(sys.stdin)
    session = wanted["session"] if sys.argv[1] == "call" else mint()
    if session.get("problem"):
        return [session["problem"] for _ in wanted["paths"]]
    return call(session, wanted["address"], wanted["paths"])


print(json.dumps(main()))
