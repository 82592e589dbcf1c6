# SPDX-License-Identifier: Apache-2.0
"""Errors of the webhook.

WebhookError
├── ClusterError       the API server couldn't be asked
├── MalformedError     a request that is no admission review (400)
└── RefusalError       a pod that may not run as written: check, what is wrong, how to mend it
    └── UnknownError   refused by what the watches say; asked of the API server before it is said
"""

from enum import StrEnum


class Check(StrEnum):
    """What refused a pod: the word stands in the message and in the metrics."""

    ANNOTATION = "annotation"
    CONTAINER = "container"
    KEY = "key"
    KEYSTORE = "keystore"
    LABEL = "label"
    POD = "pod"
    POLICY = "policy"
    VOLUME = "volume"


class WebhookError(Exception):
    """Anything that the webhook says."""


class ClusterError(WebhookError):
    """The API server gave no usable answer."""


class MalformedError(WebhookError):
    """The body is no AdmissionReview of a pod's creation."""


class RefusalError(WebhookError):
    """The pod is refused; `message` says what is wrong and what to write or run instead."""

    def __init__(self, check: Check, message: str) -> None:
        super().__init__(f"secure key manager, check {check}: {message}")
        self.check = check


class UnknownError(RefusalError):
    """The resources that the webhook knows don't allow it; they may be a moment old."""
