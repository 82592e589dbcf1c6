# SPDX-License-Identifier: Apache-2.0
"""Runs the server until it is told to end; a changed password reaches it within two seconds."""

import signal
import subprocess
import sys
import threading
from typing import Final

from orders_postgres import server
from orders_postgres.login import Login, read_login

PERIOD: Final = 1.0
"""Seconds between two looks at the files."""


def main() -> int:
    """Returns PostgreSQL's own exit code."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    login = _wait_for_login(ending)
    if login is None:
        return 0
    data = server.VOLUME / "data"
    server.initialize(data)
    process = server.start(data)
    server.wait_until_ready(process)
    server.apply(login)
    print(f"postgres: role {login.username} logs in with the password from its file", flush=True)
    _follow(login, process, ending)
    process.send_signal(signal.SIGINT)
    return process.wait()


def _wait_for_login(ending: threading.Event) -> Login | None:
    while (login := read_login()) is None:
        if ending.wait(PERIOD):
            return None
    return login


def _follow(current: Login, process: subprocess.Popen[bytes], ending: threading.Event) -> None:
    while process.poll() is None and not ending.wait(PERIOD):
        login = read_login()
        if login is not None and login != current:
            server.apply(login)
            current = login
            print(f"postgres: role {login.username} has a new password", flush=True)


if __name__ == "__main__":
    sys.exit(main())
