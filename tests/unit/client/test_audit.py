# SPDX-License-Identifier: Apache-2.0
"""`skm audit` against a log that the KMS's own code wrote, served by the double."""

import json

import pytest

from skm_common.tlog import bundles_of, tiles_of
from skm_kms.audit import AuditLog
from skm_kms.clock import SystemClock
from skm_kms.crypto import CheckpointSigner, SystemKey

NAME = "skm-kms-0"
ORIGIN = f"skm.dev/audit/{NAME}"
RECORDS = 300
"""More than one bundle, so that a full and a partial one are there."""


@pytest.fixture
async def served(kms, tmp_path):
    """The double's answers for a log of RECORDS records; returns the answers."""
    signer = CheckpointSigner(SystemKey.from_material(1, b"\x33" * 32))
    log = AuditLog.open(tmp_path / "audit", ORIGIN, signer, SystemClock())
    for number in range(RECORDS):
        await log.record(json.dumps({"time": 1795564496.5 + number, "key": f"k{number}"}).encode())
    answers = kms.told.answers
    answers["GET /v1/audit/logs"] = (200, {"logs": [{"name": NAME, "origin": ORIGIN}]})
    answers[f"GET /v1/audit/key?log={NAME}"] = (200, log.verifier_key.encode())
    paths = ["checkpoint", *(tile.path() for tile in (*tiles_of(RECORDS), *bundles_of(RECORDS)))]
    for path in paths:
        answers[f"GET /v1/audit/{NAME}/{path}"] = (200, log.read(path))
    log.close()
    return answers


def bundle() -> str:
    (path, *_) = [tile.path() for tile in bundles_of(RECORDS)]
    return f"GET /v1/audit/{NAME}/{path}"


async def test_an_honest_log_verifies_up_to_its_end(skm, served):
    ended = skm("audit", "verify", as_json=True)
    report = json.loads(ended.out)
    assert ended.code == 0
    assert (report["records"], report["vouched"], report["witnessed"]) == (RECORDS, RECORDS, 0)
    assert report["findings"] == []


async def test_a_changed_record_is_4_and_named(skm, served):
    status, content = served[bundle()]
    served[bundle()] = (status, content.replace(b'"k7"', b'"k8"', 1))
    ended = skm("audit", "verify")
    assert ended.code == 4
    assert "record 7" in ended.out
    assert NAME in ended.err


async def test_a_missing_part_is_a_finding_and_no_crash(skm, served):
    del served[bundle()]
    ended = skm("audit", "verify")
    assert ended.code == 4
    assert "missing" in ended.out


async def test_a_head_signed_by_another_key_is_4(skm, served, tmp_path):
    other = CheckpointSigner(SystemKey.from_material(1, b"\x44" * 32))
    log = AuditLog.open(tmp_path / "other", ORIGIN, other, SystemClock())
    key = tmp_path / "kept.key"
    key.write_text(log.verifier_key)
    log.close()
    assert skm("audit", "verify", "--key", str(key)).code == 4


async def test_a_head_kept_from_before_is_a_witness(skm, served, tmp_path):
    head = tmp_path / "head"
    assert skm("audit", "verify", "--save-head", str(head)).code == 0
    report = json.loads(skm("audit", "verify", "--known-head", str(head), as_json=True).out)
    assert report["witnessed"] == RECORDS


async def test_a_known_head_that_nobody_signed_is_4(skm, served, tmp_path):
    head = tmp_path / "head"
    head.write_text(f"{ORIGIN}\n1\n{'A' * 43}=\n\n")
    assert skm("audit", "verify", "--known-head", str(head)).code == 4


async def test_a_directory_is_verified_without_a_kms(skm, served, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(served[f"GET /v1/audit/key?log={NAME}"][1])
    for call, (_, content) in served.items():
        path = call.removeprefix(f"GET /v1/audit/{NAME}/")
        if path != call:
            file = tmp_path / "copy" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    copy = ("audit", "verify", "--directory", str(tmp_path / "copy"))
    assert skm(*copy, "--key", str(key), connected=False).code == 0
    assert skm(*copy, connected=False).code == 2


async def test_tail_gives_the_newest_records_oldest_first(skm, served):
    lines = skm("audit", "tail", "--lines", "50", as_json=True).out.splitlines()
    keys = [json.loads(line)["key"] for line in lines]
    assert keys == [f"k{number}" for number in range(RECORDS - 50, RECORDS)]
    table = skm("audit", "tail", "--lines", "2").out.splitlines()
    assert len(table) == 3
    assert table[1].startswith("2026-11-24T23:59:54.500Z")
