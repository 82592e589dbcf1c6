# SPDX-License-Identifier: Apache-2.0
"""The agent as a process, against a double of the KMS over real TLS."""

import re
import stat
from pathlib import Path

from skm_common.problems import problem

DB = "orders.orders/orders-db"
MARKER = ".skm-injected"
PASSWORD = "correct-horse-battery"
DENIED = problem("denied", "10.0.0.9 isn't the pod's address", check="ipv4", remedy="Ask the pod")


def secret(password=PASSWORD):
    return {"username": "orders", "password": password}


def running(kms, start_agent, **settings):
    kms.put(DB, secret())
    agent = start_agent(**settings)
    agent.until(lambda: agent.read(MARKER))
    return agent


def resident(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def test_writes_each_field_to_a_file_that_anybody_may_read_and_nobody_write(kms, start_agent):
    agent = running(kms, start_agent)
    assert agent.read("orders-db/password") == PASSWORD
    assert agent.read("orders-db/username") == "orders"
    mode = (agent.directory / "orders-db/password").stat().st_mode
    assert stat.S_IMODE(mode) == 0o444


def test_stays_within_its_memory(kms, start_agent):
    agent = running(kms, start_agent)
    assert resident(agent.process.pid) <= 26
