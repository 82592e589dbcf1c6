# SPDX-License-Identifier: Apache-2.0
"""A way to the KMS through the Kubernetes API server: `kubectl port-forward`, ended by its id.

The API server sees TLS only; the certificate of the KMS is checked at this end all the same.
"""

import re
import selectors
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from skm_client.errors import UnreachableError

DEADLINE: Final = 30.0
"""Seconds until kubectl must have said which local port it listens on."""
_PORT: Final = re.compile(rb"Forwarding from 127\.0\.0\.1:(\d+)")


@contextmanager
def port_forward(service: str, port: int, *, namespace: str, context: str | None) -> Iterator[int]:
    """The local port that leads to a Service while the block runs; raises UnreachableError."""
    chosen = [] if context is None else [f"--context={context}"]
    target = [f"--namespace={namespace}", f"service/{service}", f":{port}"]
    command = ["kubectl", *chosen, "port-forward", "--address=127.0.0.1", *target]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise UnreachableError(
            "kubectl isn't on the PATH; install it, or name the KMS with --server."
        ) from None
    try:
        yield _local_port(process)
    finally:
        process.terminate()
        process.communicate()


def _local_port(process: subprocess.Popen[bytes]) -> int:
    if process.stdout is None or process.stderr is None:
        raise UnreachableError("kubectl port-forward was started without its output.")
    found = _PORT.search(_first_line(process.stdout, time.monotonic() + DEADLINE))
    if found:
        return int(found[1])
    process.terminate()
    said = process.stderr.read().decode(errors="replace").strip() or "it said nothing"
    raise UnreachableError(f"kubectl port-forward doesn't reach the KMS: {said}")


def _first_line(stream: IO[bytes], deadline: float) -> bytes:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return stream.readline() if selector.select(deadline - time.monotonic()) else b""
