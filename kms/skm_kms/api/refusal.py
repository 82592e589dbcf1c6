# SPDX-License-Identifier: Apache-2.0
"""The answer to what couldn't be read, in its place among the answers of a connection."""

import asyncio


class Refusal:
    """The place of an unreadable request among the answers: its answer ends the connection."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.keep_alive = False
        self.response_complete = True
        self.message_event = asyncio.Event()
