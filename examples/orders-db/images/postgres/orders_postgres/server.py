# SPDX-License-Identifier: Apache-2.0
"""One PostgreSQL server in this container: its data directory, its process, its statements.

Statements go over the local socket, where PostgreSQL trusts the operating system's word that the
peer is its own user; the network asks for SCRAM-SHA-256.
"""

import os
import pwd
import secrets
import subprocess
import time
from pathlib import Path
from typing import Final

from orders_postgres.login import Login
from orders_postgres.scram import verifier

PROGRAMS: Final = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
VOLUME: Final = Path("/var/lib/postgresql")
SOCKET: Final = Path("/run/postgresql")
ACCESS: Final = """\
local all all peer
host all all 0.0.0.0/0 scram-sha-256
host all all ::/0 scram-sha-256
"""
_OPTIONS: Final = {
    "listen_addresses": "*",
    "unix_socket_directories": str(SOCKET),
    "password_encryption": "scram-sha-256",
    "shared_buffers": "32MB",
    "max_connections": "20",
}


def initialize(data: Path) -> None:
    """Make an empty data directory; an attempt that was killed is begun again."""
    if data.exists():
        return
    new = data.with_name("new")
    subprocess.run(["rm", "-rf", "--", new], check=True)
    owner = pwd.getpwuid(os.geteuid()).pw_name
    options = [f"--username={owner}", "--auth-local=peer", "--auth-host=scram-sha-256"]
    subprocess.run(
        [PROGRAMS / "initdb", f"--pgdata={new}", "--encoding=UTF8", "--locale=C", *options],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (new / "pg_hba.conf").write_text(ACCESS)
    new.rename(data)


def start(data: Path) -> subprocess.Popen[bytes]:
    """Start the server; it answers a little later.

    A kubelet that gives a volume to a group opens its folders to the group, which PostgreSQL
    refuses for its data.
    """
    data.chmod(0o700)
    options = [f"-c{name}={value}" for name, value in _OPTIONS.items()]
    return subprocess.Popen([PROGRAMS / "postgres", "-D", data, *options])


def wait_until_ready(process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Return when the server takes statements; raises TimeoutError or ChildProcessError."""
    deadline = time.monotonic() + seconds
    while subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", SOCKET], check=False).returncode:
        if process.poll() is not None:
            raise ChildProcessError("PostgreSQL ended while it started")
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL isn't ready after {seconds:.0f} s")
        time.sleep(0.1)


def apply(login: Login) -> None:
    """Make the role able to log in by this password, and its database exist."""
    _execute(statements(login, secrets.token_bytes(16)))


def statements(login: Login, salt: bytes) -> str:
    """Statements for psql; they hold the password's verifier, and running them twice is fine."""
    role, database = _literal(login.username), _literal(login.database)
    stored = _literal(verifier(login.password, salt))
    # psql has no parameters for \gexec; every value is a literal quoted above.
    return f"""\
SELECT format('CREATE ROLE %I LOGIN', {role})
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {role}) \\gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', {role}, {stored}) \\gexec
SELECT format('CREATE DATABASE %I OWNER %I', {database}, {role})
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {database}) \\gexec
"""  # noqa: S608


def _execute(script: str) -> None:
    # By standard input: a command line is readable for every process of the node.
    subprocess.run(
        [PROGRAMS / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", SOCKET, "-d", "postgres"],
        input=script.encode(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
