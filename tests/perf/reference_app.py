# SPDX-License-Identifier: Apache-2.0
"""R, the measure of the KMS's speed: uvicorn, a plain ASGI app that answers `{}`, mutual TLS.

Called as: reference_app.py PORT CHAIN CLIENT_CA
"""

import ssl
import sys
from typing import Any

import uvicorn

HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"2")],
}
BODY = {"type": "http.response.body", "body": b"{}"}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body and answers."""
    while (await receive()).get("more_body"):
        pass
    await send(HEAD)
    await send(BODY)


def main() -> None:
    port, chain, client_ca = sys.argv[1:]
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        ssl_certfile=chain,
        ssl_cert_reqs=ssl.CERT_REQUIRED,
        ssl_ca_certs=client_ca,
    )


if __name__ == "__main__":
    main()
