# SPDX-License-Identifier: Apache-2.0
"""The wire form: AdmissionReview, `admission.k8s.io/v1`, in and out."""

import base64
from typing import Any

import msgspec

from skm_injector.webhook.errors import MalformedError, RefusalError
from skm_injector.webhook.patch import Operation
from skm_injector.webhook.pod_schema import check_pod
from skm_injector.webhook.review import Creation


class Request(msgspec.Struct):
    """The part of a review's request that is used."""

    uid: str
    namespace: str
    object: dict[str, Any]


class _Review(msgspec.Struct):
    request: Request


def read_review(body: bytes) -> tuple[str, Creation]:
    """The review's uid and the creation that it asks about; raises MalformedError."""
    try:
        request = msgspec.json.decode(body, type=_Review).request
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedError(f"no AdmissionReview: {error}") from None
    check_pod(request.object)
    return request.uid, Creation(request.namespace, request.object)


def allowed(uid: str, operations: list[Operation]) -> bytes:
    """The answer that lets the pod pass, changed by the operations."""
    response: dict[str, Any] = {"uid": uid, "allowed": True}
    if operations:
        response["patchType"] = "JSONPatch"
        response["patch"] = base64.b64encode(msgspec.json.encode(operations)).decode()
    return _answer(response)


def refused(uid: str, refusal: RefusalError) -> bytes:
    """The answer that refuses the pod, with the sentence that its author gets to see."""
    status = {"code": 403, "reason": "Forbidden", "message": str(refusal)}
    return _answer({"uid": uid, "allowed": False, "status": status})


def not_now(uid: str, message: str) -> bytes:
    """The answer when the webhook can't tell: controllers try again."""
    status = {"code": 503, "reason": "ServiceUnavailable", "message": message}
    return _answer({"uid": uid, "allowed": False, "status": status})


def _answer(response: dict[str, Any]) -> bytes:
    return msgspec.json.encode(
        {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
    )
