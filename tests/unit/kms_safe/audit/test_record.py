# SPDX-License-Identifier: Apache-2.0
import json

import msgspec
import pytest

from skm_kms.audit import MAXIMUM_RECORD, AuditCaller, AuditRecord, decode_record

RECORD = AuditRecord(
    time=1800000000.25,
    request="r1",
    plane="data",
    operation="ReadSecret",
    caller=AuditCaller("pod", "orders/app", "orders", "orders-app", "uid-1", "app"),
    address="10.244.0.7",
    checks={"clientCertificate": "passed", "ipv4": "passed", "mac": "notSelected"},
    outcome="denied",
    code="denied",
)


def test_it_is_json_with_the_names_of_the_api_and_without_what_is_absent():
    document = json.loads(RECORD.encode())
    assert document["caller"]["serviceAccount"] == "orders-app"
    assert document["checks"]["mac"] == "notSelected"
    assert {"keystore", "version", "mac", "count"}.isdisjoint(document)
    assert decode_record(RECORD.encode()) == RECORD


def test_hostile_text_stays_inside_its_field_and_holds_no_zero_byte():
    hostile = 'a"\n\x00SKM\x00\u2028' * 20
    encoded = msgspec.structs.replace(RECORD, key=hostile).encode()
    assert b"\x00" not in encoded
    assert b"\n" not in encoded
    assert decode_record(encoded).key == hostile


def test_a_record_of_the_longest_names_is_far_below_the_limit():
    longest = msgspec.structs.replace(RECORD, keystore="n" * 127, key="k" * 63, mac="m" * 17)
    assert len(longest.encode()) < MAXIMUM_RECORD // 10


@pytest.mark.parametrize("entry", [b"", b"{}", b"not json", b'{"time":"now"}'])
def test_what_is_no_record_is_refused(entry):
    with pytest.raises(msgspec.MsgspecError):
        decode_record(entry)
