# SPDX-License-Identifier: Apache-2.0
"""The cluster of the session, the example on it, and an administrator."""

import base64
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster_harness import Cluster, cluster_with_chart

from demo import orders
from demo.access import Access
from skm_common import names

Skm = Callable[..., str]
KEPT = ("-n", names.NAMESPACE, "secret", "test-administrator")


@pytest.fixture(scope="session")
def access() -> Iterator[Access]:
    with cluster_with_chart() as found:
        yield found


@pytest.fixture(scope="session")
def cluster(access: Access) -> Cluster:
    return Cluster(access)


@pytest.fixture(scope="session")
def shop(cluster: Cluster) -> Cluster:
    """The example orders-db, with rows in PostgreSQL."""
    orders.apply(cluster.access)
    orders.wait_for_words(cluster.access)
    return cluster


@pytest.fixture(scope="session")
def credentials(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first administrator's file; kept in a cluster that outlives the session."""
    path = tmp_path_factory.mktemp("administrator") / "admin.pem"
    if kept := cluster.get(*KEPT):
        path.write_bytes(base64.b64decode(kept["data"]["admin.pem"]))
        return path
    way = ("-n", names.NAMESPACE, "exec", f"{names.KMS}-0", "-c", "kms", "--", "skm", "init")
    path.write_text(cluster.kubectl(*way))
    kept = {"apiVersion": "v1", "kind": "Secret", "stringData": {"admin.pem": path.read_text()}}
    cluster.create({**kept, "metadata": {"name": KEPT[-1], "namespace": names.NAMESPACE}})
    return path


@pytest.fixture(scope="session")
def skm(cluster: Cluster, credentials: Path, tmp_path_factory: pytest.TempPathFactory) -> Skm:
    """The command line as an administrator types it; its standard output."""
    program, config = cluster.access.kubectl_program
    folder = tmp_path_factory.mktemp("bin")
    (folder / "kubectl").symlink_to(shutil.which(program) or program)
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "KUBECONFIG": config.partition("=")[2],
        "SKM_CREDENTIALS": str(credentials),
    }

    def run(*arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "skm_client.cli", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
