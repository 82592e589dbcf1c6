# SPDX-License-Identifier: Apache-2.0
"""The shape of those parts of a pod that are read here; all else passes through untouched."""

from typing import Any

import msgspec

from skm_injector.webhook.errors import MalformedError


class _Token(msgspec.Struct):
    audience: str = ""


class _Certificate(msgspec.Struct):
    signerName: str = ""  # noqa: N815 - Kubernetes's own name


class _Source(msgspec.Struct):
    serviceAccountToken: _Token | None = None  # noqa: N815
    podCertificate: _Certificate | None = None  # noqa: N815


class _Projected(msgspec.Struct):
    sources: list[_Source] | None = None


class _Volume(msgspec.Struct):
    name: str
    projected: _Projected | None = None


class _FileKey(msgspec.Struct):
    volumeName: str  # noqa: N815


class _Origin(msgspec.Struct):
    fileKeyRef: _FileKey | None = None  # noqa: N815


class _Variable(msgspec.Struct):
    name: str
    valueFrom: _Origin | None = None  # noqa: N815


class _Mount(msgspec.Struct):
    name: str
    mountPath: str  # noqa: N815


class _Container(msgspec.Struct):
    name: str
    env: list[_Variable] | None = None
    volumeMounts: list[_Mount] | None = None  # noqa: N815


class _Spec(msgspec.Struct):
    containers: list[_Container]
    initContainers: list[_Container] | None = None  # noqa: N815
    volumes: list[_Volume] | None = None
    serviceAccountName: str | None = None  # noqa: N815


class _Metadata(msgspec.Struct):
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class _Pod(msgspec.Struct):
    metadata: _Metadata
    spec: _Spec


def check_pod(document: dict[str, Any]) -> None:
    """Raises MalformedError where the document isn't a pod as the API server sends it."""
    try:
        msgspec.convert(document, type=_Pod)
    except msgspec.ValidationError as error:
        raise MalformedError(f"the object is no pod: {error}") from None
