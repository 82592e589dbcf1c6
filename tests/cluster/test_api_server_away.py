# SPDX-License-Identifier: Apache-2.0
"""The API server stopped: undetermined is not denied, so no file is wiped. The short form; the
long one is `make away`.
"""

import os
import signal
import time
from pathlib import Path

import pytest
from cluster_harness import Cluster, until

AWAY = float(os.environ.get("SKM_TEST_AWAY", "45"))
"""Seconds: longer than the facts' 30 s, so that calls become undetermined meanwhile."""
HOLDER = ("orders", "orders-database-0", "postgres", "orders-db/password")


@pytest.fixture
def api_server(shop: Cluster):
    """The process id of the local cluster's API server."""
    name = shop.access.local
    assert name, "this suite stops the API server, which takes a local cluster"
    group = Path("/sys/fs/cgroup/pids") / f"localcluster-{name}" / "components"
    found = (group / "kube-apiserver" / "cgroup.procs").read_text().split()
    pid = int(found[0])
    yield pid
    os.kill(pid, signal.SIGCONT)


def test_no_file_is_wiped_while_the_api_server_is_away(shop: Cluster, api_server):
    held = shop.held(*HOLDER)
    assert held
    os.kill(api_server, signal.SIGSTOP)
    time.sleep(AWAY)
    os.kill(api_server, signal.SIGCONT)
    assert until("answer of the API server", lambda: shop.held(*HOLDER), 60) == held
    restarts = shop.get("-n", "orders", "pod", "orders-database-0")["status"]
    states = restarts["containerStatuses"] + restarts.get("initContainerStatuses", [])
    assert {state["restartCount"] for state in states} == {0}
