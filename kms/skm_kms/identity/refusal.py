# SPDX-License-Identifier: Apache-2.0
"""From findings to the one error that answers the caller."""

from collections.abc import Iterable

from skm_kms.errors import DeniedError, RequestError, SessionEndedError, UndeterminedError
from skm_kms.identity.words import Finding, Outcome, Reason


def refusal(reason: Reason, check: str | None = None) -> RequestError:
    """The error for a reason; `check` where another check than the reason's own failed by it."""
    if reason.ends_session:
        return SessionEndedError(reason.why, remedy=reason.remedy)
    name = check or reason.check
    if reason.outcome is Outcome.DENIED:
        return DeniedError(name, reason.why, remedy=reason.remedy)
    return UndeterminedError(name, reason.why, remedy=reason.remedy)


def decisive(findings: Iterable[Finding]) -> Finding | None:
    """The finding that decides the answer, or None if all passed.

    An ended session first: such a certificate proves nothing that could be denied. Then what is
    denied before what is undetermined, because a false fact stays false however the rest turns out.
    """
    failed = [finding for finding in findings if finding.reason is not None]
    return min(failed, key=_rank, default=None)


def _rank(finding: Finding) -> int:
    if finding.reason is not None and finding.reason.ends_session:
        return 0
    return 1 if finding.outcome is Outcome.DENIED else 2
