# SPDX-License-Identifier: Apache-2.0
"""The real thing around a small program that stands in for kubectl."""

import os
import time
from pathlib import Path

import pytest

from skm_client.errors import UnreachableError
from skm_client.port_forward import port_forward

SPEAKS = 'echo "$@" > {folder}/arguments; echo $$ > {folder}/pid\n'
SERVES = "echo 'Forwarding from 127.0.0.1:40123 -> 8445'; exec sleep 60\n"
FAILS = "echo 'error: services \"skm-kms\" not found' >&2; exit 1\n"


@pytest.fixture
def kubectl(tmp_path, monkeypatch):
    def install(body: str) -> Path:
        program = tmp_path / "kubectl"
        program.write_text("#!/bin/sh\n" + SPEAKS.format(folder=tmp_path) + body)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return tmp_path

    return install


def test_the_port_is_read_and_the_process_ended(kubectl):
    folder = kubectl(SERVES)
    with port_forward("skm-kms", 8445, namespace="skm-system", context="kind-x") as port:
        assert port == 40123
        pid = int((folder / "pid").read_text())
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    said = (folder / "arguments").read_text().split()
    assert said == [
        "--context=kind-x", "port-forward", "--address=127.0.0.1",
        "--namespace=skm-system", "service/skm-kms", ":8445",
    ]  # fmt: skip


def test_an_error_inside_ends_the_process_too(kubectl):
    folder = kubectl(SERVES)
    with pytest.raises(KeyError), port_forward("s", 1, namespace="n", context=None):
        raise KeyError("inside")
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "pid").read_text()), 0)


def test_what_kubectl_says_is_told(kubectl):
    kubectl(FAILS)
    began = time.monotonic()
    with (
        pytest.raises(UnreachableError, match='services "skm-kms" not found'),
        port_forward("skm-kms", 8445, namespace="skm-system", context=None),
    ):
        pytest.fail("there is nothing to forward to")
    assert time.monotonic() - began < 5


def test_without_kubectl_the_remedy_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(UnreachableError, match="--server"),
        port_forward("skm-kms", 8445, namespace="skm-system", context=None),
    ):
        pytest.fail("there is no kubectl")
