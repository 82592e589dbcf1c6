# SPDX-License-Identifier: Apache-2.0
"""The process: leadership among several, health, and its end."""

import os
import signal
import subprocess
import sys
from typing import Any

from apiserver_harness import until

from skm_common import __version__, names

LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{names.NAMESPACE}/leases/{names.OPERATOR}"


def holder(server: Any) -> str:
    return str(server.admin.get(LEASE).body["spec"]["holderIdentity"])


def test_the_leader_is_ready_healthy_and_counts(operator):
    assert operator.get("/healthz") == "ok\n"
    assert operator.get("/readyz") == "ok\n"
    until(lambda: "skm_operator_kms_reachable 1" in operator.get("/metrics"))
    metrics = operator.get("/metrics")
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
    assert second.get("/readyz") == "ok\n"
    assert second.get("/healthz") == "ok\n"
    assert "skm_operator_leading 0" in second.get("/metrics")
    assert holder(installed) == leader
    assert operator.end() == 0
    # Released, not expired: the lease itself would have lasted for fifteen seconds more.
    until(lambda: holder(installed).startswith("skm-operator-second_"), 8.0)
    until(lambda: "skm_operator_leading 1" in second.get("/metrics"))
    replace(operator, second)


def test_a_leader_that_stood_still_finds_its_lease_taken_and_ends(
    installed, operator, start, kms_double
):
    operator.end()
    stopped = start(kms_double, "skm-operator-stopped", lease=4.0)
    until(lambda: holder(installed).startswith("skm-operator-stopped_"))
    third = start(kms_double, "skm-operator-third")
    assert "skm_operator_leading 0" in third.get("/metrics")
    stopped.process.send_signal(signal.SIGSTOP)
    until(lambda: holder(installed).startswith("skm-operator-third_"))
    stopped.process.send_signal(signal.SIGCONT)
    assert stopped.process.wait(20) == 1
    assert "took the lease" in stopped.text
    replace(operator, third)


def test_one_that_waits_ends_at_once_and_leaves_the_lease_alone(
    installed, operator, start, kms_double
):
    leader = holder(installed)
    waiting = start(kms_double, "skm-operator-waiting")
    waiting.get("/readyz")
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
