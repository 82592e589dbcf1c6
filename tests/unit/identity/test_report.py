# SPDX-License-Identifier: Apache-2.0
"""A report's JSON: one canonical form, every bound on both sides."""

import json

import pytest
from identity_doubles import ADDRESS, MAC, NODE, report_entry, uid

from skm_kms.errors import InvalidRequestError
from skm_kms.identity import read_report
from skm_kms.identity.evidence import Attested
from skm_kms.identity.report import MAXIMUM_PODS


def body(**changes):
    return {"node": NODE, "boot": "b" * 32, "sequence": 1, "snapshot": True, **changes}


def read(**changes):
    return read_report(json.dumps(body(**changes)).encode())


def entry(**changes):
    return {**report_entry(uid(1), ADDRESS, MAC), **changes}


def test_a_report_is_read():
    found = read(pods=[entry()])
    assert found.pods == {uid(1): Attested(ADDRESS, MAC)}
    assert read(snapshot=False, removed=[uid(2)]).removed == {uid(2)}
    assert read(pods=[entry(witnesses=["route", "neighbour", "cni"])]).pods


BAD = {
    "no JSON": b"{",
    "a list": b"[]",
    "unknown field": body(extra=1),
    "boot": body(boot="B" * 32),
    "short boot": body(boot="b" * 31),
    "node": body(node=""),
    "long node": body(node="n" * 254),
    "sequence": body(sequence=-1),
    "text sequence": body(sequence="1"),
    "uid": body(pods=[entry(uid="1")]),
    "ipv4": body(pods=[entry(ipv4="10.0.0.256")]),
    "ipv4 with zeros": body(pods=[entry(ipv4="10.244.000.5")]),
    "ipv6": body(pods=[entry(ipv4="::1")]),
    "mac": body(pods=[entry(mac="0A:58:0A:F4:00:05")]),
    "multicast mac": body(pods=[entry(mac="01:58:0a:f4:00:05")]),
    "interface": body(pods=[entry(interface="")]),
    "long interface": body(pods=[entry(interface="v" * 16)]),
    "two witnesses": body(pods=[entry(witnesses=["cni", "neighbour"])]),
    "other witnesses": body(pods=[entry(witnesses=["neighbour", "bridge", "route"])]),
    "a witness too many": body(pods=[entry(witnesses=["cni", "neighbour", "bridge", "route"])]),
    "a pod twice": body(pods=[entry(), entry()]),
    "removed and there": body(snapshot=False, pods=[entry()], removed=[uid(1)]),
    "removed of a snapshot": body(removed=[uid(1)]),
    "removed is no uid": body(snapshot=False, removed=["1"]),
    "too many": body(pods=[entry(uid=uid(n)) for n in range(MAXIMUM_PODS + 1)]),
    "too many removed": body(snapshot=False, removed=[uid(n) for n in range(MAXIMUM_PODS + 1)]),
}


@pytest.mark.parametrize("case", BAD)
def test_another_form_is_refused(case):
    document = BAD[case]
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(InvalidRequestError):
        read_report(raw)


def test_the_largest_report_is_taken():
    found = read(pods=[entry(uid=uid(n)) for n in range(MAXIMUM_PODS)], node="n" * 253)
    assert len(found.pods) == MAXIMUM_PODS
