# SPDX-License-Identifier: Apache-2.0
"""The orders in PostgreSQL, over one connection."""

from contextlib import suppress
from dataclasses import dataclass

import pg8000.exceptions
import pg8000.native

from orders_app.login import Login


@dataclass(frozen=True, slots=True)
class Count:
    """How many orders there are, and the newest one's number."""

    rows: int
    last: int


class OrderBook:
    """A connection that has proved the password to PostgreSQL (SCRAM-SHA-256)."""

    def __init__(self, login: Login, host: str) -> None:
        self._connection = pg8000.native.Connection(
            login.username,
            host=host,
            database=login.database,
            password=login.password,
            timeout=5,
        )
        self._connection.run(
            "CREATE TABLE IF NOT EXISTS orders"
            " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now())"
        )

    def add(self) -> None:
        """Write an order."""
        self._connection.run("INSERT INTO orders DEFAULT VALUES")

    def count(self) -> Count:
        """Read them back."""
        ((rows, last),) = self._connection.run("SELECT count(*), coalesce(max(id), 0) FROM orders")
        return Count(rows, last)

    def close(self) -> None:
        """End the connection; one that broke has ended already."""
        with suppress(pg8000.exceptions.Error, OSError):
            self._connection.close()
