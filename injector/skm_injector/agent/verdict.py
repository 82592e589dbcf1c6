# SPDX-License-Identifier: Apache-2.0
"""What an answer of the KMS means for the files (DESIGN §6.5): a pure table.

Only an authenticated denial takes files away. Whatever can't be read as one of the known answers
is undetermined: a bug or an outage of the KMS must not stop running applications.
"""

from typing import Any, Final, NamedTuple

from skm_injector.agent.errors import Denial
from skm_injector.connection import Answer

Content = str | dict[str, str]

_UNREADABLE: Final = "the answer isn't a secret as this agent knows it"


class News(NamedTuple):
    """A version that the agent doesn't have; `max_offline` in seconds, None means no limit."""

    version: int
    content: Content
    max_offline: int | None

    def __repr__(self) -> str:
        return f"News(version={self.version})"


class NoNews(NamedTuple):
    """The version that the agent has is the newest, and the pod may still read it."""


class SessionEnded(NamedTuple):
    """The certificate is no longer taken: bootstrap again, keep the files."""


class Denied(NamedTuple):
    """A fact is false."""

    denial: Denial


class Absent(NamedTuple):
    """No such key, or none that this pod may see; after it was served once this is a denial."""

    detail: str


class Undetermined(NamedTuple):
    """A fact can't be known now."""

    reason: str


Verdict = News | NoNews | SessionEnded | Denied | Absent | Undetermined


def judge(answer: Answer) -> Verdict:
    """The verdict on an answer of the data plane."""
    if answer.status == 200:
        return _news(answer.document)
    if answer.status == 204:
        return NoNews()
    return judge_refusal(answer)


def judge_refusal(answer: Answer) -> SessionEnded | Denied | Absent | Undetermined:
    """The verdict on any answer but success, of both planes."""
    code = answer.document.get("code")
    match answer.status, code:
        case 401, "session_ended":
            return SessionEnded()
        case 403, "denied":
            return Denied(_denial(answer.document))
        case 404, "not_found":
            return Absent(str(answer.document.get("detail", "")))
    return Undetermined(f"{answer.status} {code}: {answer.document.get('detail', '')}")


def _news(document: dict[str, Any]) -> News | Undetermined:
    content = document.get("fields", document.get("value"))
    version, offline = document.get("version"), document.get("maxOffline")
    if not isinstance(version, int) or not isinstance(offline, int | None):
        return Undetermined(_UNREADABLE)
    if isinstance(content, str):
        return News(version, content, offline)
    if isinstance(content, dict) and all(isinstance(text, str) for text in content.values()):
        return News(version, content, offline)
    return Undetermined(_UNREADABLE)


def _denial(problem: dict[str, Any]) -> Denial:
    return Denial(
        check=str(problem.get("check") or "unknown"),
        detail=str(problem.get("detail") or problem.get("title") or ""),
        remedy=str(problem.get("remedy") or ""),
    )
