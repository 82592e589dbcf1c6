# SPDX-License-Identifier: Apache-2.0
"""Every object of every API group that can be listed, as the API server gives it."""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from demo.access import Access


def object_texts(access: Access) -> Iterator[tuple[str, bytes]]:
    """The kind, and the bytes of all its objects with their base64 values decoded beside them."""
    listed = access.kubectl("api-resources", "--verbs=list", "-o", "name").split()
    for resource in sorted(set(listed)):
        answer = access.attempt("get", resource, "--all-namespaces", "-o", "json")
        if answer.returncode == 0:
            text = answer.stdout
            yield resource, b"\n".join([text.encode(), *_decoded(json.loads(text))])


def _decoded(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _decoded(item)
    elif isinstance(value, str) and len(value) >= 16:
        try:
            yield base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return
