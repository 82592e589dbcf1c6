# SPDX-License-Identifier: Apache-2.0
"""From findings to the one error that answers the caller."""

from collections import Counter
from collections.abc import Iterable
from typing import NoReturn

from skm_kms.errors import DeniedError, RequestError, SessionEndedError, UndeterminedError
from skm_kms.identity.words import Finding, Outcome, Reason


class Refusals:
    """Counts the reasons by their code, for metrics, as it raises them."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def refuse(self, reason: Reason, check: str | None = None) -> NoReturn:
        """Raise the error for a reason; `check` as in `refusal`."""
        self.counts[reason.code] += 1
        raise refusal(reason, check)

    def unless(self, reason: Reason | None) -> None:
        """Raise the error for a reason, if there is one."""
        if reason is not None:
            self.refuse(reason)


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
