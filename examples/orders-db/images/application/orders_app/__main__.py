# SPDX-License-Identifier: Apache-2.0
"""Adds an order a second and says how many there are; a new password is used as soon as it comes.

Its words tell which of the passwords it was given it logged in with, never a password.
"""

import os
import signal
import sys
import threading
from typing import Final

import pg8000.exceptions

from orders_app.book import OrderBook
from orders_app.login import Login, read_login

HOST: Final = os.environ.get("DATABASE_HOST", "orders-database")
PERIOD: Final = 1.0


class Shop:
    """The connection in use, and the login it was made by."""

    def __init__(self) -> None:
        self._book: OrderBook | None = None
        self._login: Login | None = None
        self._given = 0

    def follow(self, login: Login) -> None:
        """Log in, or log in again when the login has changed; raises what PostgreSQL says."""
        if login == self._login and self._book is not None:
            return
        self.forget()
        self._book = OrderBook(login, HOST)
        self._given += login != self._login
        self._login = login

    def work(self) -> str:
        """Add an order and count; what happened, in words."""
        if self._book is None or self._login is None:
            return "orders: no connection to PostgreSQL yet"
        self._book.add()
        count = self._book.count()
        return (
            f"orders: {count.rows} rows in PostgreSQL, last #{count.last}, logged in as"
            f" {self._login.username} with password {self._given} of those it was given"
        )

    def forget(self) -> None:
        """End the connection, if there is one."""
        if self._book is not None:
            self._book.close()
        self._book = None


def main() -> int:
    """Runs until it is told to end."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    shop = Shop()
    while not ending.wait(PERIOD):
        print(_turn(shop), flush=True)
    shop.forget()
    return 0


def _turn(shop: Shop) -> str:
    login = read_login()
    try:
        if login is not None:
            shop.follow(login)
        return shop.work()
    except (pg8000.exceptions.Error, OSError) as error:
        shop.forget()
        return f"orders: PostgreSQL doesn't answer or doesn't take the login ({_reason(error)})"


def _reason(error: BaseException) -> str:
    # PostgreSQL's own sentence, which names the role and never the password.
    found = error.args[0] if error.args else ""
    return str(found.get("M", "refused")) if isinstance(found, dict) else str(found)


if __name__ == "__main__":
    sys.exit(main())
