# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: specs that the schema accepts and this version serves, and any JSON."""

from ipaddress import IPv4Address
from typing import Any

from hypothesis import strategies as st

from skm_common.resources import CHARSETS, SYMMETRIC

labels = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
field_names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,20}", fullmatch=True)
label_names = st.sampled_from(["app", "team", "example.com/tier", "a"])
operations = st.sampled_from(["ReadSecret", "WriteSecret", "Encrypt", "Decrypt", "ReadMetadata"])

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=12,
)


def _optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def durations(low: int, high: int) -> st.SearchStrategy[str]:
    """Durations within bounds, in any of their spellings."""
    seconds = st.integers(low, high)
    return seconds.map(lambda n: f"{n}s") | seconds.map(
        lambda n: f"{n // 3600}h{n % 3600 // 60}m{n % 60}s"
    )


authentications = _optional(
    clientCertificate=st.just({}),
    ipv4=st.just({}),
    mac=_optional(
        minimumEvidence=st.sampled_from(["Declared", "NodeAttested"]),
        acceptSelfDeclared=st.booleans(),
    ),
).filter(bool)

keystores = st.fixed_dictionaries(
    {"authentication": authentications},
    optional={
        "delivery": st.just(["File"]),
        "onTermination": st.sampled_from(["Drain", "Revoke"]),
        "factsMaxAge": durations(30, 3600),
        "maxOffline": durations(60, 366 * 86400),
        "deletionPolicy": st.sampled_from(["Retain", "Delete"]),
        "deletionWaitingPeriod": durations(86400, 366 * 86400),
    },
)

_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
)
_fields = st.fixed_dictionaries({"value": _texts}) | _optional(
    length=st.integers(8, 1024), charset=st.sampled_from(CHARSETS)
)
_references = labels.map(lambda name: {"name": name})
materials = st.one_of(
    st.just({"secret": {"managed": {}}}),
    st.dictionaries(field_names, _fields, min_size=1, max_size=5).map(
        lambda fields: {"secret": {"generate": fields}}
    ),
    st.sampled_from(SYMMETRIC).map(lambda name: {"symmetric": {"algorithm": name}}),
    st.just({"symmetric": {}}),
)
keys = st.tuples(
    st.fixed_dictionaries(
        {"keystoreRef": _references},
        optional={"deletionPolicy": st.sampled_from(["Retain", "Delete"])},
    ),
    materials,
).map(lambda parts: {**parts[0], **parts[1]})

_selectors = st.dictionaries(label_names, st.text(max_size=20), max_size=3).map(
    lambda found: {"matchLabels": found}
)
_workloads = st.fixed_dictionaries(
    {"serviceAccountName": labels}, optional={"podSelector": _selectors}
).map(lambda found: {"workload": found})
cidrs = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda parts: _network(*parts))
rules = st.fixed_dictionaries(
    {
        "keys": st.just(["*"]) | st.lists(labels, min_size=1, max_size=4),
        "operations": st.lists(operations, min_size=1, max_size=4),
    }
)
policies = st.fixed_dictionaries(
    {
        "keystoreRef": _references,
        "subjects": st.lists(_workloads, min_size=1, max_size=3),
        "rules": st.lists(rules, min_size=1, max_size=3),
    },
    optional={"ipv4": st.lists(cidrs, min_size=1, max_size=3).map(lambda found: {"cidrs": found})},
)

SPECS = {"Keystore": keystores, "Key": keys, "AccessPolicy": policies}
of_any_kind = st.sampled_from(sorted(SPECS)).flatmap(
    lambda kind: st.tuples(st.just(kind), SPECS[kind])
)


def _network(address: int, prefix: int) -> str:
    mask = (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF
    return f"{IPv4Address(address & mask)}/{prefix}"
