# SPDX-License-Identifier: Apache-2.0
import errno
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from localcluster.cli import main, parser, sentence, settings_of
from localcluster.errors import LocalClusterError
from localcluster.record import claim
from localcluster.settings import Settings


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKM_STATE", str(tmp_path))
    return tmp_path


def chosen(*words: str) -> Settings:
    return settings_of(parser().parse_args(words))


def test_defaults_are_a_demo_cluster_of_one_node() -> None:
    settings = chosen("up")
    assert (settings.name, settings.nodes, settings.network) == ("demo", 1, "bridge")
    assert settings.etcd_fsync


def test_options_become_settings() -> None:
    settings = chosen("up", "--name=x", "--nodes=2", "--network=ptp", "--kubernetes=1.37")
    assert (settings.name, settings.nodes, settings.network) == ("x", 2, "ptp")
    assert not chosen("up", "--no-etcd-fsync").etcd_fsync


def test_what_a_cluster_was_made_with_need_not_be_said_again() -> None:
    pool = IPv4Network("172.20.0.0/14")
    claim(Settings(name="x", nodes=2, network="ptp", address_pool=pool, etcd_fsync=False))
    for command in ("up", "status"):
        settings = chosen(command, "--name=x")
        assert (settings.nodes, settings.network, settings.address_pool) == (2, "ptp", pool)
        assert not settings.etcd_fsync
    assert chosen("up", "--name=x", "--etcd-fsync").etcd_fsync


def test_errors_are_one_sentence_and_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--name=NO"]) == 1
    assert main(["kubeconfig", "--name=absent"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("localcluster: The cluster name 'NO' must be")
    assert second == "localcluster: Cluster absent does not run: `up --name absent` first."


def test_the_status_of_no_cluster_has_a_code_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--name=absent"]) == 3
    assert "There is no cluster absent." in capsys.readouterr().out


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["up", "--network=x"], ["up", "--address-pool=x"], ["load"]):
        with pytest.raises(SystemExit, match="2"):
            main(words)
    assert "is not an IPv4 network" in capsys.readouterr().err


def test_a_full_disk_is_told_with_the_file() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError) as caught:  # noqa: PT011
        full.write(b"x")
    assert caught.value.errno == errno.ENOSPC
    assert sentence(caught.value) == "The disk is full: make room and run the command again."
    named = OSError(errno.ENOSPC, "No space left on device", "/state/x")
    assert "(/state/x)" in sentence(named)


def test_other_ends_are_told_too() -> None:
    assert sentence(KeyboardInterrupt()).startswith("Interrupted; the next `up` goes on")
    assert sentence(LocalClusterError("Text.")) == "Text."
    assert "Permission denied (/x)" in sentence(
        PermissionError(errno.EACCES, "Permission denied", "/x")
    )


def test_programs_says_where_they_are_and_starts_nothing(
    capsys: pytest.CaptureFixture[str], state: Path
) -> None:
    assert main(["programs", "--name=lcprog"]) == 0
    assert f"The programs stand in {state / 'lcprog' / 'bin'}." in capsys.readouterr().out
    assert main(["status", "--name=lcprog"]) == 3
