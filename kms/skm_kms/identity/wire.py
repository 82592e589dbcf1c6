# SPDX-License-Identifier: Apache-2.0
"""The Kubernetes API's JSON, as far as facts need it; unknown fields are skipped."""

from datetime import datetime
from typing import Any

import msgspec


class OwnerReference(msgspec.Struct):
    """metadata.ownerReferences[]."""

    kind: str
    name: str
    uid: str
    controller: bool = False


class Metadata(msgspec.Struct, rename="camel"):
    """metadata, without managedFields, which are its bulk."""

    name: str
    uid: str
    resource_version: str
    creation_timestamp: datetime
    namespace: str = ""
    generation: int = 0
    deletion_timestamp: datetime | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: list[OwnerReference] = []


class PodSpec(msgspec.Struct, rename="camel"):
    """A pod's spec."""

    service_account_name: str = ""
    node_name: str | None = None
    host_network: bool = False


class PodAddress(msgspec.Struct):
    """status.podIPs[]."""

    ip: str = ""


class PodStatus(msgspec.Struct, rename={"pod_ips": "podIPs"}):
    """A pod's status."""

    phase: str = "Pending"
    pod_ips: list[PodAddress] = []


class Pod(msgspec.Struct):
    """A pod."""

    metadata: Metadata
    spec: PodSpec
    status: PodStatus = msgspec.field(default_factory=PodStatus)


class NodeAddress(msgspec.Struct):
    """status.addresses[]."""

    type: str
    address: str


class NodeStatus(msgspec.Struct):
    """A node's status."""

    addresses: list[NodeAddress] = []


class Node(msgspec.Struct):
    """A node."""

    metadata: Metadata
    status: NodeStatus = msgspec.field(default_factory=NodeStatus)


class Plain(msgspec.Struct):
    """An object of which only the metadata counts."""

    metadata: Metadata


class Resource(msgspec.Struct, rename="camel"):
    """A custom resource."""

    api_version: str
    kind: str
    metadata: Metadata
    spec: dict[str, Any] = {}


class ListMetadata(
    msgspec.Struct, rename={"resource_version": "resourceVersion", "more": "continue"}
):
    """metadata of a list."""

    resource_version: str
    more: str = ""


class Page(msgspec.Struct):
    """One page of a list."""

    metadata: ListMetadata
    items: list[msgspec.Raw] | None = None


class WatchEvent(msgspec.Struct):
    """One line of a watch."""

    type: str
    object: msgspec.Raw


class Status(msgspec.Struct):
    """An error inside a watch."""

    code: int = 0


class VersionMetadata(msgspec.Struct, rename="camel"):
    """metadata of a bookmark."""

    resource_version: str


class Bookmark(msgspec.Struct):
    """The object of a bookmark: a version and nothing else."""

    metadata: VersionMetadata


class ReviewUser(msgspec.Struct):
    """status.user of a TokenReview."""

    username: str = ""
    extra: dict[str, list[str]] = {}


class ReviewStatus(msgspec.Struct):
    """status of a TokenReview."""

    authenticated: bool = False
    audiences: list[str] = []
    user: ReviewUser = msgspec.field(default_factory=ReviewUser)


class TokenReview(msgspec.Struct):
    """The answer to a TokenReview."""

    status: ReviewStatus
