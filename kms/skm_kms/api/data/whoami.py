# SPDX-License-Identifier: Apache-2.0
"""`GET /v1/whoami`: what the KMS saw of its caller, and which check would fail, with its remedy."""

from typing import Any

from skm_kms.identity import Finding, WhoAmI


def whoami_document(seen: WhoAmI) -> dict[str, Any]:
    """The answer; a check's finding is passed, denied or undetermined, with why and remedy."""
    return {
        "address": seen.address,
        "certificateSubject": seen.certificate_subject,
        "certificateSha256": seen.certificate_sha256,
        "pod": seen.pod,
        "mac": seen.mac,
        "evidence": seen.evidence,
        "checks": {finding.check.value: _finding(finding) for finding in seen.checks},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    if finding.reason is None:
        return {"outcome": finding.outcome.value}
    return {
        "outcome": finding.outcome.value,
        "reason": finding.reason.code,
        "why": finding.reason.why,
        "remedy": finding.reason.remedy,
    }
