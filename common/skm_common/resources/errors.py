# SPDX-License-Identifier: Apache-2.0
"""Errors of reading a resource.

ResourceError             the resource is wrong; `field` says where, the message what to write
└── NotSupportedError     the field is part of the API but isn't built yet
"""


class ResourceError(ValueError):
    """A custom resource whose content can't be used; names the field, never its value."""

    reason = "Invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class NotSupportedError(ResourceError):
    """A field or value that the API knows and this version does not serve yet."""

    reason = "NotSupported"

    def __init__(self, field: str) -> None:
        super().__init__(field, "is not supported by this version yet; remove it")
