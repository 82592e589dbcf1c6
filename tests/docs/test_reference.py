# SPDX-License-Identifier: Apache-2.0
"""Hand-written tables name everything that the code has: reasons, checks, fields, metrics."""

import re

import msgspec
from docs_pages import CHECKOUT

from skm_common import names
from skm_kms.audit import AuditCaller, AuditRecord
from skm_kms.identity.words import Check
from skm_kms.service import conditions as theirs
from skm_operator import conditions as ours

TYPES_AND_STATUSES = {"Ready", "Synced", "True", "False", "Unknown"}


def named(page: str) -> set[str]:
    """What a page sets in code."""
    return set(re.findall(r"`([^`\n]+)`", (CHECKOUT / "docs" / page).read_text()))


def test_every_reason_of_a_condition_is_explained():
    reasons = {
        value
        for module in (ours, theirs)
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, str)
    }
    assert "NoValue" in reasons
    assert reasons - TYPES_AND_STATUSES <= named("operations.md")


def test_every_check_is_explained():
    assert {str(check) for check in Check} | {"policy"} <= named("operations.md")


def test_every_field_of_an_audit_record_is_explained():
    fields = {
        field.encode_name
        for kind in (AuditCaller, AuditRecord)
        for field in msgspec.structs.fields(kind)
    }
    assert fields <= named("audit.md")


def test_every_annotation_is_explained():
    annotations = {
        value
        for name, value in vars(names).items()
        if isinstance(value, str)
        and value.startswith(names.ANNOTATION_PREFIX)
        and not name.startswith("AUDIENCE")
        and name not in ("API_VERSION", "ANNOTATION_PREFIX", "FINALIZER", "POD_SIGNER")
    }
    told = named("concepts.md") | {
        "skm.dev/template." for n in named("concepts.md") if "template" in n
    }
    assert names.INJECT in annotations
    assert annotations <= told | {names.ROTATE_AT}
    assert any(names.ROTATE_AT in text for text in named("concepts.md"))


def test_metrics_of_the_page_exist():
    source = (CHECKOUT / "kms/skm_kms/api/observation.py").read_text()
    found = {text.partition("{")[0] for text in named("operations.md") if text.startswith("skm_")}
    assert "skm_ready" in found
    for metric in found:
        assert f'"{metric}"' in source
