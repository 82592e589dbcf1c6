# SPDX-License-Identifier: Apache-2.0
"""From Kubernetes objects to facts. Pure; raises msgspec.DecodeError for what is none."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from skm_common.names import CREATED_LABELS
from skm_kms.identity import wire
from skm_kms.identity.facts import (
    DaemonSetFact,
    NamespaceFact,
    NodeFact,
    Owner,
    PodFact,
    ResourceFact,
)


class Fact(Protocol):
    """What every fact has: who it is."""

    @property
    def uid(self) -> str:
        """The object's UID."""
        ...

    @property
    def namespace(self) -> str:
        """The object's namespace, empty where it has none."""
        ...

    @property
    def name(self) -> str:
        """The object's name."""
        ...


F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Entry(Generic[F]):
    """A fact and the resource version that it was read at (comparable numbers, KEP-5504)."""

    fact: F
    version: int


Read = Callable[[bytes | msgspec.Raw], Entry[F]]

_pod: Final = msgspec.json.Decoder(wire.Pod)
_node: Final = msgspec.json.Decoder(wire.Node)
_plain: Final = msgspec.json.Decoder(wire.Plain)
_resource: Final = msgspec.json.Decoder(wire.Resource)
_labels: Final = msgspec.json.Decoder(dict[str, str])


def read_pod(document: bytes | msgspec.Raw) -> Entry[PodFact]:
    """The fact of a pod; strings that repeat across pods are shared."""
    pod = _pod.decode(document)
    meta, spec = pod.metadata, pod.spec
    fact = PodFact(
        uid=meta.uid,
        namespace=sys.intern(meta.namespace),
        name=meta.name,
        service_account=sys.intern(spec.service_account_name),
        node=sys.intern(spec.node_name) if spec.node_name else None,
        ipv4=_ipv4([address.ip for address in pod.status.pod_ips]),
        host_network=spec.host_network,
        phase=sys.intern(pod.status.phase),
        created=meta.creation_timestamp.timestamp(),
        deadline=meta.deletion_timestamp.timestamp() if meta.deletion_timestamp else None,
        labels=_shared(meta.labels),
        created_labels=_created_labels(meta.annotations),
        owner=_owner(meta.owner_references),
    )
    return Entry(fact, version(meta.resource_version))


def read_node(document: bytes | msgspec.Raw) -> Entry[NodeFact]:
    """The fact of a node."""
    node = _node.decode(document)
    internal = [a.address for a in node.status.addresses if a.type == "InternalIP"]
    meta = node.metadata
    return Entry(NodeFact(meta.uid, "", meta.name, _ipv4(internal)), version(meta.resource_version))


def read_namespace(document: bytes | msgspec.Raw) -> Entry[NamespaceFact]:
    """The fact of a namespace."""
    meta = _plain.decode(document).metadata
    terminating = meta.deletion_timestamp is not None
    fact = NamespaceFact(meta.uid, "", meta.name, terminating)
    return Entry(fact, version(meta.resource_version))


def read_daemon_set(document: bytes | msgspec.Raw) -> Entry[DaemonSetFact]:
    """The fact of a DaemonSet."""
    meta = _plain.decode(document).metadata
    fact = DaemonSetFact(meta.uid, meta.namespace, meta.name)
    return Entry(fact, version(meta.resource_version))


def read_resource(document: bytes | msgspec.Raw) -> Entry[ResourceFact]:
    """The fact of one of our custom resources."""
    resource = _resource.decode(document)
    meta = resource.metadata
    fact = ResourceFact(
        uid=meta.uid,
        namespace=meta.namespace,
        name=meta.name,
        kind=resource.kind,
        generation=meta.generation,
        terminating=meta.deletion_timestamp is not None,
        document=_document(resource),
    )
    return Entry(fact, version(meta.resource_version))


def version(text: str) -> int:
    """A resource version as a number; raises msgspec.ValidationError where it is none."""
    if not (text.isascii() and text.isdigit()):
        raise msgspec.ValidationError("the resource version is no decimal number")
    return int(text)


def _document(resource: wire.Resource) -> dict[str, Any]:
    meta = resource.metadata
    metadata = {
        "namespace": meta.namespace,
        "name": meta.name,
        "uid": meta.uid,
        "generation": meta.generation,
        "annotations": meta.annotations,
    }
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": metadata,
        "spec": resource.spec,
    }


def _ipv4(addresses: list[str]) -> tuple[str, ...]:
    return tuple(address for address in addresses if _is_ipv4(address))


def _is_ipv4(address: str) -> bool:
    try:
        IPv4Address(address)
    except AddressValueError:
        return False
    return True


def _owner(references: list[wire.OwnerReference]) -> Owner | None:
    return next((Owner(r.kind, r.name, r.uid) for r in references if r.controller), None)


def _created_labels(annotations: Mapping[str, str]) -> Mapping[str, str] | None:
    """The webhook's record: a JSON object of texts. A record that can't be read is no record."""
    record = annotations.get(CREATED_LABELS)
    if record is None:
        return None
    try:
        return _shared(_labels.decode(record))
    except msgspec.DecodeError:
        return None


def _shared(labels: dict[str, str]) -> Mapping[str, str]:
    return {sys.intern(name): sys.intern(value) for name, value in labels.items()}
