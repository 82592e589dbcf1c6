# SPDX-License-Identifier: Apache-2.0
"""The process: leadership among several, health, and its end."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from typing import Any

from apiserver_harness import until

from skm_common import __version__, names

LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{names.NAMESPACE}/leases/{names.OPERATOR}"


def holder(server: Any) -> str:
    return str(server.admin.get(LEASE).body["spec"]["holderIdentity"])


def get(running: Any, path: str) -> str:
    port = until(lambda: re.search(r"metrics on port (\d+)", running.text)).group(1)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def test_the_leader_is_ready_healthy_and_counts(operator):
    assert get(operator, "/healthz") == "ok\n"
    assert get(operator, "/readyz") == "ok\n"
    until(lambda: "skm_operator_kms_reachable 1" in get(operator, "/metrics"))
    metrics = get(operator, "/metrics")
    assert "skm_operator_leading 1" in metrics
    assert 'skm_operator_objects{kind="Key"}' in metrics


def replace(operator: Any, successor: Any) -> None:
    """The successor is the session's operator from here on."""
    operator.process, operator.log = successor.process, successor.log


def test_one_that_waits_is_ready_and_takes_over_when_the_leader_ends(
    installed, operator, start, kms_double
):
    leader = holder(installed)
    second = start(kms_double, "skm-operator-second")
    assert get(second, "/readyz") == "ok\n"
    assert get(second, "/healthz") == "ok\n"
    assert "skm_operator_leading 0" in get(second, "/metrics")
    assert holder(installed) == leader
    assert operator.end() == 0
    # Released, not expired: the lease itself would have lasted for three seconds more.
    until(lambda: holder(installed).startswith("skm-operator-second_"), 2.0)
    until(lambda: "skm_operator_leading 1" in get(second, "/metrics"))
    replace(operator, second)


def test_a_leader_that_stood_still_finds_its_lease_taken_and_ends(
    installed, operator, start, kms_double
):
    third = start(kms_double, "skm-operator-third")
    assert "skm_operator_leading 0" in get(third, "/metrics")
    operator.process.send_signal(signal.SIGSTOP)
    until(lambda: holder(installed).startswith("skm-operator-third_"))
    operator.process.send_signal(signal.SIGCONT)
    assert operator.process.wait(20) == 1
    assert "took the lease" in operator.text
    replace(operator, third)


def test_one_that_waits_ends_at_once_and_leaves_the_lease_alone(
    installed, operator, start, kms_double
):
    leader = holder(installed)
    waiting = start(kms_double, "skm-operator-waiting")
    get(waiting, "/readyz")
    assert waiting.end() == 0
    assert holder(installed) == leader


def test_the_version_is_the_projects():
    command = [sys.executable, "-m", "skm_operator", "--version"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == __version__


def test_a_wrong_setting_is_named(installed):
    command = [sys.executable, "-m", "skm_operator"]
    environment = {**os.environ, "SKM_DRIFT_INTERVAL": "soon"}
    told = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert told.returncode == 2
    assert "SKM_DRIFT_INTERVAL" in told.stderr
    assert "soon" not in told.stderr
