# SPDX-License-Identifier: Apache-2.0
"""A double of the KMS, and the command line run against it."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kms_server_double import Double, tls_double

from skm_client.cli.console import Console
from skm_client.cli.main import main


@pytest.fixture
def kms() -> Iterator[Double]:
    with tls_double() as double:
        yield double


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SKM_SERVER", "SKM_CREDENTIALS", "SKM_CA_FILE", "SKM_CERTIFICATE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def skm(kms: Double, tmp_path: Path) -> Callable[..., Ended]:
    """Run `skm` as alice, who has a credentials file, against the double."""
    credentials = kms.credentials(tmp_path)

    def run(*arguments: str, connected: bool = True, as_json: bool = False) -> Ended:
        where = ["--server", f"https://127.0.0.1:{kms.port}", "--credentials", str(credentials)]
        out, err = io.StringIO(), io.StringIO()
        console = Console(out, err, as_json=as_json)
        code = main([*arguments, *(where if connected else [])], console)
        return Ended(code, out.getvalue(), err.getvalue())

    return run
