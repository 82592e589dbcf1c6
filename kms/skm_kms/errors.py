# SPDX-License-Identifier: Apache-2.0
"""What a request can be refused with; each class is one stable `code` of skm_common.problems.

RequestError
├── InvalidRequestError     invalid_request   it can't be read
├── TooLargeError           too_large         it is larger than allowed
├── UnauthenticatedError    unauthenticated   no proof of who calls, or a false one
├── SessionEndedError       session_ended     the session has ended, which is no refusal
├── DeniedError             denied            a check's fact is false
├── ForbiddenError          forbidden         an administrator's role doesn't allow it
├── NotFoundError           not_found         absent, or nothing the caller may see
├── ConflictError           conflict          the state isn't what the request expects
├── UndeterminedError       undetermined      a check's fact can't be known now
├── UnavailableError        unavailable       the server can't answer now
└── NotSupportedError       not_supported     not built yet

No message or repr carries a secret: details name checks, fields and objects, never values.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal


class RequestError(Exception):
    """Base of all: `code`, a sentence for a person, and what a problem document adds (RFC 9457).

    `check` names the authentication check or `policy`; `remedy` says which change would help;
    `headers` are added to the answer.
    """

    default_code: ClassVar[str] = "internal"
    outcome: ClassVar[Literal["denied", "undetermined"] | None] = None

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        check: str | None = None,
        remedy: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.check = check
        self.remedy = remedy
        self.headers: Mapping[str, str] = headers or {}


class InvalidRequestError(RequestError):
    """The request can't be read."""

    default_code = "invalid_request"


class TooLargeError(RequestError):
    """The request, or a part of it, is larger than allowed."""

    default_code = "too_large"


class UnauthenticatedError(RequestError):
    """The caller hasn't proved who it is."""

    default_code = "unauthenticated"


class SessionEndedError(RequestError):
    """The session certificate is expired, superseded or unknown; bootstrap again (DESIGN §5)."""

    default_code = "session_ended"


class DeniedError(RequestError):
    """A fact that a check asks for is false (403)."""

    default_code = "denied"
    outcome = "denied"

    def __init__(self, check: str, detail: str, *, remedy: str | None = None) -> None:
        super().__init__(detail, check=check, remedy=remedy)


class ForbiddenError(RequestError):
    """An administrator's role doesn't allow the call."""

    default_code = "forbidden"


class NotFoundError(RequestError):
    """Absent, or nothing that the caller may see: the two can't be told apart."""

    default_code = "not_found"


class ConflictError(RequestError):
    """The state isn't what the request expects; `code` may name a narrower kind of conflict."""

    default_code = "conflict"


class UndeterminedError(RequestError):
    """A fact that a check asks for can't be known now (503, Retry-After)."""

    default_code = "undetermined"
    outcome = "undetermined"

    def __init__(
        self, check: str, detail: str, *, remedy: str | None = None, retry_after: int = 1
    ) -> None:
        headers = {"Retry-After": str(retry_after)}
        super().__init__(detail, check=check, remedy=remedy, headers=headers)


class UnavailableError(RequestError):
    """The server can't answer now, whoever asks."""

    default_code = "unavailable"

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class NotSupportedError(RequestError):
    """This version doesn't do that yet."""

    default_code = "not_supported"
