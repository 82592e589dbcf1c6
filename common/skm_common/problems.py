# SPDX-License-Identifier: Apache-2.0
"""Problem documents (RFC 9457): each stable `code`, its HTTP status and title, in one table."""

from typing import Any, Final

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "https://skm.dev/problems/"

TABLE: Final[dict[str, tuple[int, str]]] = {
    "invalid_request": (400, "The request can't be read"),
    "unauthenticated": (401, "The caller hasn't proved who it is"),
    "session_ended": (401, "The session certificate has ended; bootstrap again"),
    "denied": (403, "A check refused the caller"),
    "forbidden": (403, "The caller's role doesn't allow this"),
    "not_found": (404, "No such key, or none that the caller may see"),
    "method_not_allowed": (405, "The path doesn't take this method"),
    "request_timeout": (408, "The request didn't arrive in time"),
    "conflict": (409, "The state isn't what the request expects"),
    "adoption_required": (409, "The keystore belongs to an earlier namespace; adopt it first"),
    "managed_by_resource": (409, "A custom resource stands behind this object; change that"),
    "snapshot_required": (409, "Evidence must begin with a snapshot"),
    "gone": (410, "The version was destroyed"),
    "too_large": (413, "The request is larger than allowed"),
    "unsupported_media_type": (415, "The body must be application/json"),
    "headers_too_large": (431, "The headers are larger than allowed"),
    "internal": (500, "The server failed; the request id finds it in the log"),
    "not_supported": (501, "This version doesn't do that yet"),
    "undetermined": (503, "A check can't be decided now; try again"),
    "unavailable": (503, "The server can't answer now; try again"),
}
"""code → (HTTP status, title)."""


def problem(code: str, detail: str, **members: Any) -> dict[str, Any]:
    """The document for a code; members that are None are left out."""
    status, title = TABLE[code]
    document = {"type": TYPE_PREFIX + code, "title": title, "status": status, "code": code}
    extra = {name: value for name, value in members.items() if value is not None}
    return {**document, "detail": detail, **extra}
