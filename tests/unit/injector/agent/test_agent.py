# SPDX-License-Identifier: Apache-2.0
"""The agent as a process, against a double of the KMS over real TLS."""

import http.client
import os
import re
import socket
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from skm_common.problems import problem

DB = "orders.orders/orders-db"
MARKER = ".skm-injected"
PASSWORD = "correct-horse-battery"
REMEDY = "Start the pod again"
DENIED = problem("denied", "10.0.0.9 isn't the pod's address", check="ipv4", remedy=REMEDY)
UNDETERMINED = problem("undetermined", "facts are 31 s old", check="ipv4")
UNAVAILABLE = problem("unavailable", "the database is away")


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


def test_writes_a_plain_secret_to_one_file(kms, start_agent):
    kms.put(DB, "just text")
    agent = start_agent()
    agent.until(lambda: agent.read(MARKER))
    assert agent.read("orders-db") == "just text"


def test_the_marker_comes_after_the_last_key(kms, start_agent):
    kms.put(DB, secret())
    agent = start_agent(keys=f"{DB},orders.orders/token")
    agent.until(lambda: agent.read("orders-db/password"))
    agent.until(lambda: agent.events("absent"))
    assert agent.read(MARKER) is None
    kms.put("orders.orders/token", "text")
    agent.until(lambda: agent.read(MARKER))
    assert agent.read(MARKER) == "SKM_INJECTED='true'\n"
    assert agent.read("token") == "text"


def test_a_changed_secret_is_in_the_files_at_once(kms, start_agent):
    agent = running(kms, start_agent)
    for number in range(3):
        kms.put(DB, secret(f"password-{number}"))
        wanted = f"password-{number}"
        agent.until(lambda wanted=wanted: agent.read("orders-db/password") == wanted, 5)


def test_a_secret_that_becomes_plain_takes_the_directory_s_place(kms, start_agent):
    agent = running(kms, start_agent)
    kms.put(DB, "plain")
    agent.until(lambda: agent.read("orders-db") == "plain")
    assert sorted(p.name for p in agent.directory.iterdir() if "link" in p.name) == []


def test_never_logs_a_value_nor_shows_one_in_its_command_or_environment(kms, start_agent):
    agent = running(kms, start_agent)
    kms.put(DB, {"username": "orders", "password": "x\ud800" + PASSWORD})
    agent.until(lambda: agent.events("unusable"))
    agent.stop()
    assert PASSWORD not in agent.logged()
    assert "a-pod-bound-token" not in agent.logged()


def test_stays_within_its_memory(kms, start_agent):
    agent = running(kms, start_agent)
    for number in range(20):
        kms.put(DB, secret(f"password-{number}"))
        wanted = f"password-{number}"
        agent.until(lambda wanted=wanted: agent.read("orders-db/password") == wanted)
    assert resident(agent.process.pid) <= 26


def test_the_process_that_stays_never_loads_cryptography_and_can_t_be_dumped(kms, start_agent):
    agent = running(kms, start_agent)
    maps = Path(f"/proc/{agent.process.pid}/maps").read_text()
    assert "libssl" in maps
    assert "cryptography" not in maps
    limits = Path(f"/proc/{agent.process.pid}/limits").read_text()
    assert re.search(r"Max core file size\s+0\s+0", limits)


def test_it_can_t_be_dumped_or_traced_by_another_process_of_its_user(kms, start_agent):
    prefix = ("setpriv", "--reuid=65532", "--clear-groups", "--") if os.getuid() == 0 else ()
    user = 65532 if os.getuid() == 0 else os.getuid()
    with subprocess.Popen([*prefix, "sleep", "60"]) as other:
        owner = Path(f"/proc/{other.pid}/environ")
        agent = running(kms, start_agent, prefix=prefix)
        # What can be dumped belongs to its user in /proc; what can't, to root (proc(5)).
        agent.until(lambda: owner.stat().st_uid == user)
        other.kill()
        assert Path(f"/proc/{agent.process.pid}/environ").stat().st_uid == 0


def test_bootstraps_by_token_once_and_asks_with_its_certificate(kms, start_agent):
    running(kms, start_agent)
    identity = [seen for seen in kms.seen if seen.path == "/v1/identity"]
    assert [seen.token for seen in identity] == ["Bearer a-pod-bound-token"]
    data = [seen for seen in kms.seen if seen.path != "/v1/identity"]
    assert all(seen.certificate.startswith("session-") and not seen.token for seen in data)


def test_ends_at_once_when_it_is_told_to(kms, start_agent):
    agent = running(kms, start_agent)
    assert agent.stop() == 0
    assert agent.read("orders-db/password") == PASSWORD


# Before the first set


@pytest.mark.parametrize("plane", ["data_refusal", "identity_refusal"])
def test_denied_before_the_first_set_ends_it_with_check_and_remedy(kms, start_agent, plane):
    kms.put(DB, secret())
    kms.set(**{plane: DENIED})
    agent = start_agent()
    assert agent.process.wait(20) == 1
    message = agent.termination_log.read_text()
    assert "denied by check ipv4: 10.0.0.9 isn't the pod's address" in message
    assert REMEDY in message
    assert agent.read(MARKER) is None


@pytest.mark.parametrize("plane", ["data_refusal", "identity_refusal"])
@pytest.mark.parametrize("refusal", [UNDETERMINED, UNAVAILABLE], ids=["undetermined", "away"])
def test_undetermined_before_the_first_set_waits(kms, start_agent, plane, refusal):
    kms.put(DB, secret())
    kms.set(**{plane: refusal})
    agent = start_agent()
    agent.until(lambda: len(kms.seen) > 6)
    assert agent.process.poll() is None
    assert agent.read(MARKER) is None
    kms.set(**{plane: None})
    agent.until(lambda: agent.read(MARKER))


def test_a_key_that_isn_t_there_yet_is_waited_for(kms, start_agent):
    agent = start_agent()
    agent.until(lambda: len(kms.seen) > 6)
    assert agent.process.poll() is None
    kms.put(DB, secret())
    agent.until(lambda: agent.read(MARKER))


def test_a_state_that_goes_on_is_logged_once(kms, start_agent):
    agent = start_agent()
    agent.until(lambda: len(kms.seen) > 10)
    assert len(agent.events("absent")) == 1


def test_a_kms_with_another_ca_is_never_asked(kms, start_agent):
    kms.put(DB, secret())
    agent = start_agent(ca=trustme.CA().cert_pem.bytes().decode())
    agent.until(lambda: agent.events("kms_unreachable"))
    assert kms.seen == []
    assert agent.read(MARKER) is None


def test_a_kms_under_another_name_is_never_asked(kms, start_agent):
    kms.put(DB, secret())
    agent = start_agent(server_name="skm-kms.elsewhere.svc")
    agent.until(lambda: agent.events("kms_unreachable"))
    assert kms.seen == []


# After it


@pytest.mark.parametrize("plane", ["data_refusal", "identity_refusal"])
def test_denied_later_wipes(kms, start_agent, plane):
    agent = running(kms, start_agent)
    if plane == "identity_refusal":
        kms.set(**{plane: DENIED, "ended": {kms.seen[-1].certificate}})
    else:
        kms.set(**{plane: DENIED})
    agent.until(lambda: agent.read("orders-db/password") is None)
    assert [p.name for p in agent.directory.iterdir()] == [MARKER]
    assert agent.process.poll() is None


def test_denied_later_keeps_where_the_pod_says_so(kms, start_agent):
    agent = running(kms, start_agent, on_denied="keep")
    kms.set(data_refusal=DENIED)
    agent.until(lambda: agent.events("denied"))
    agent.until(lambda: len(kms.seen) > 8)
    assert agent.read("orders-db/password") == PASSWORD


def test_allowed_again_the_files_come_back(kms, start_agent):
    agent = running(kms, start_agent)
    kms.set(data_refusal=DENIED)
    agent.until(lambda: agent.read("orders-db/password") is None)
    kms.set(data_refusal=None)
    agent.until(lambda: agent.read("orders-db/password") == PASSWORD)


def test_one_key_denied_leaves_the_others(kms, start_agent):
    kms.put("orders.orders/token", "text")
    agent = running(kms, start_agent, keys=f"{DB},orders.orders/token")
    kms.remove(DB)
    agent.until(lambda: agent.read("orders-db/password") is None)
    assert agent.read("token") == "text"


def test_a_key_that_was_served_and_is_gone_counts_as_denied(kms, start_agent):
    agent = running(kms, start_agent)
    kms.remove(DB)
    agent.until(lambda: agent.events("wiped"))
    assert agent.read("orders-db/password") is None


@pytest.mark.parametrize("refusal", [UNDETERMINED, UNAVAILABLE], ids=["undetermined", "away"])
def test_undetermined_later_keeps(kms, start_agent, refusal):
    agent = running(kms, start_agent)
    kms.set(data_refusal=refusal)
    agent.until(lambda: agent.events("undetermined"))
    agent.until(lambda: len(kms.seen) > 12)
    assert agent.read("orders-db/password") == PASSWORD
    kms.set(data_refusal=None)
    kms.put(DB, secret("later"))
    agent.until(lambda: agent.read("orders-db/password") == "later")


def test_an_answer_that_nobody_can_read_keeps(kms, start_agent):
    agent = running(kms, start_agent)
    kms.put(DB, {"password": 7})
    agent.until(lambda: agent.events("undetermined"))
    assert agent.read("orders-db/password") == PASSWORD


def test_a_kms_that_goes_away_keeps(kms, start_agent):
    agent = running(kms, start_agent)
    kms.stop_serving()
    agent.until(lambda: agent.events("undetermined"))
    assert agent.read("orders-db/password") == PASSWORD


def test_offline_longer_than_the_keystore_allows_wipes(kms, start_agent):
    kms.set(max_offline=1)
    agent = running(kms, start_agent, on_denied="keep")
    kms.set(data_refusal=UNAVAILABLE)
    agent.until(lambda: agent.events("undetermined"))
    assert agent.read("orders-db/password") == PASSWORD
    agent.until(lambda: agent.read("orders-db/password") is None)
    (wiped,) = agent.events("wiped")
    assert wiped["why"] == "offline_too_long"


def test_denials_are_answers_that_hold_off_the_offline_limit(kms, start_agent):
    kms.set(max_offline=1)
    agent = running(kms, start_agent, on_denied="keep")
    kms.set(data_refusal=DENIED)
    agent.until(lambda: agent.events("denied"))
    first = len(kms.seen)
    agent.until(lambda: len(kms.seen) > first + 25)
    assert agent.read("orders-db/password") == PASSWORD


# Sessions


def test_an_ended_session_is_begun_anew_and_the_files_stay(kms, start_agent):
    agent = running(kms, start_agent)
    kms.set(ended={kms.seen[-1].certificate})
    agent.until(lambda: len(agent.events("session_issued")) == 2)
    kms.put(DB, secret("later"))
    agent.until(lambda: agent.read("orders-db/password") == "later")
    assert not agent.events("wiped")
    tokens = [seen.token for seen in kms.seen if seen.path == "/v1/identity"]
    assert tokens == ["Bearer a-pod-bound-token"] * 2


def test_a_session_is_renewed_by_its_certificate_with_the_same_key(kms, start_agent):
    kms.set(life=3.0)
    agent = running(kms, start_agent)
    agent.until(lambda: len(agent.events("session_issued")) == 2)
    first, second = (seen for seen in kms.seen if seen.path == "/v1/identity")
    assert first.token
    assert not second.token
    assert second.certificate
    assert len(set(kms.public_keys)) == 1


def expiry(kms):
    return kms.issued[0].not_valid_after_utc.timestamp() + 1


def test_an_expired_session_is_begun_anew(kms, start_agent):
    kms.set(life=2.0)
    agent = running(kms, start_agent)
    kms.set(life=600.0, identity_refusal=UNAVAILABLE)
    agent.until(lambda: agent.events("session_undetermined"))
    agent.until(lambda: time.time() > expiry(kms))
    kms.set(identity_refusal=None)
    agent.until(lambda: len(agent.events("session_issued")) >= 2)
    kms.put(DB, secret("later"))
    agent.until(lambda: agent.read("orders-db/password") == "later")


# Restarts and readiness


def test_a_restarted_agent_is_ready_at_once_and_denied_it_wipes(kms, start_agent):
    first = running(kms, start_agent)
    first.process.kill()
    first.process.wait(10)
    kms.set(data_refusal=DENIED)
    second = start_agent()
    second.until(lambda: second.events("wiped"))
    assert second.process.poll() is None
    assert second.read("orders-db/password") is None


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_is_ready_for_good_once_the_set_is_complete(kms, start_agent):
    agent = start_agent()
    port = agent.port
    agent.until(lambda: agent.events("absent"))
    assert ask(port, "/ready") == 503
    kms.put(DB, secret())
    agent.until(lambda: agent.read(MARKER))
    agent.until(lambda: ask(port, "/ready") == 200)
    kms.set(data_refusal=DENIED)
    agent.until(lambda: agent.events("wiped"))
    assert ask(port, "/ready") == 200


def test_the_startup_probe_s_answer_is_held_until_then(kms, start_agent):
    agent = start_agent()
    port = agent.port
    agent.until(lambda: agent.events("absent"))
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(ask, port, "/started")
        assert ask(port, "/ready") == 503
        assert not held.done()
        kms.put(DB, secret())
        assert held.result(20) == 200


def test_a_port_that_another_container_has_is_told(start_agent):
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        agent = start_agent(listen=str(port))
        assert agent.process.wait(20) == 1
    assert f"port {port} can't be had" in agent.termination_log.read_text()


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("keys", ""),
        ("keys", "orders-db"),
        ("keys", "a.b/../x"),
        ("data", "kms"),
        ("identity", "kms:x"),
        ("ca", "no certificate"),
        ("on_denied", "perhaps"),
        ("listen", "x"),
        ("pause", "soon"),
    ],
)
def test_says_which_variable_it_can_t_read(start_agent, setting, text):
    agent = start_agent(**{setting: text})
    assert agent.process.wait(20) == 1
    assert f"SKM_{setting.upper()}" in agent.termination_log.read_text()
