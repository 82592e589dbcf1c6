# SPDX-License-Identifier: Apache-2.0
"""Reading whole answers over aiohttp, whose `read(n)` gives what has come, not what will."""

import aiohttp


async def whole(answer: aiohttp.ClientResponse, maximum: int) -> bytes:
    """All of an answer's body; raises ClientPayloadError above `maximum` bytes."""
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > maximum:
            raise aiohttp.ClientPayloadError(f"an answer of more than {maximum} bytes")
    return bytes(body)
