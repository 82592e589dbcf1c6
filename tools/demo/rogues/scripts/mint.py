# SPDX-License-Identifier: Apache-2.0
"""Runs in the agent's container of a pod: a new session by the pod's own token, printed as JSON.

What a thief with `exec` on that pod could do. The pod's own agent takes its session back soon.
"""

import http.client
import json
import os
import socket
import ssl
from pathlib import Path

from skm_injector.agent.csr import make

TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


def main() -> None:
    """One call of the identity plane."""
    key, request = make()
    host, _, port = os.environ["SKM_IDENTITY"].rpartition(":")
    context = ssl.create_default_context(cadata=os.environ["SKM_CA"])
    connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=10)
    plain = socket.create_connection((host, int(port)), timeout=10)
    connection.sock = context.wrap_socket(plain, server_hostname=os.environ["SKM_SERVER_NAME"])
    headers = {
        "Authorization": f"Bearer {TOKEN.read_text().strip()}",
        "Content-Type": "application/json",
    }
    connection.request("POST", "/v1/identity", json.dumps({"csr": request.decode()}), headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    print(
        json.dumps(
            {
                "status": response.status,
                "problem": None if response.status == 200 else answer,
                "certificate": answer.get("certificate"),
                "key": key.decode(),
                "ca": os.environ["SKM_CA"],
                "serverName": os.environ["SKM_SERVER_NAME"],
            }
        )
    )


main()
