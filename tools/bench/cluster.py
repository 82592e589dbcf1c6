# SPDX-License-Identifier: Apache-2.0
"""The API server as the bench talks to it: one kept-alive client, and a watch for each wait.

kubectl takes longer to start than the differences that are measured here.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

from bench.errors import NotReadyError
from skm_common import names

FIELD_MANAGER: Final = "skm-bench"
CLUSTER_ERRORS: Final = (ApiException, ConfigException, HTTPError)
"""What any call of this module may raise besides NotReadyError."""

Object = dict[str, Any]


class Cluster:
    """Objects in one cluster, as plain JSON documents."""

    def __init__(self, kubeconfig: str | None) -> None:
        loaded = config.new_client_from_config(config_file=kubeconfig)
        self._core = client.CoreV1Api(loaded)
        self._custom = client.CustomObjectsApi(loaded)
        self._plain: Callable[[Any], Object] = loaded.sanitize_for_serialization

    def make_namespace(self, name: str) -> None:
        """Make a namespace; one that is there is fine."""
        with _conflict_is_fine():
            self._core.create_namespace({"metadata": {"name": name}})

    def remove_namespace(self, name: str) -> None:
        """Let a namespace go with everything in it, without waiting; an absent one is fine."""
        try:
            self._core.delete_namespace(name)
        except ApiException as error:
            if error.status != 404:
                raise

    def make_resource(self, document: Object) -> None:
        """Make one of our resources; one that is there is fine."""
        with _conflict_is_fine():
            self._custom.create_namespaced_custom_object(*_place(document), document)

    def resource(self, document: Object) -> Object:
        """One of our resources as it stands now."""
        name = document["metadata"]["name"]
        found: Object = self._custom.get_namespaced_custom_object(*_place(document), name)
        return found

    def pods(self, namespace: str) -> list[Object]:
        """The pods of a namespace."""
        found = self._plain(self._core.list_namespaced_pod(namespace))
        items: list[Object] = found["items"]
        return items

    def seconds_to_ready(self, namespace: str, pod: Object, limit: float) -> float:
        """Make a pod; the seconds until its Ready condition is seen. NotReadyError after `limit`.

        The clock begins before the request, so that admission counts. A retried refusal would
        count as well: what the pod needs must stand before.
        """
        begun = time.monotonic()
        made = self._core.create_namespaced_pod(namespace, pod)
        for event in self._events(namespace, made.metadata, limit):
            if is_ready(event["raw_object"]):
                return time.monotonic() - begun
        raise NotReadyError(f"pod {made.metadata.name} is not Ready after {limit:.0f} s")

    def remove_pod(self, namespace: str, name: str, limit: float) -> None:
        """Delete a pod and wait until it is gone, so that it doesn't work beside the next one."""
        standing = self._core.read_namespaced_pod(name, namespace)
        self._core.delete_namespaced_pod(name, namespace)
        for event in self._events(namespace, standing.metadata, limit):
            if event["type"] == "DELETED":
                return
        raise NotReadyError(f"pod {name} is still there after {limit:.0f} s")

    def _events(self, namespace: str, metadata: Any, limit: float) -> Iterator[Object]:
        yield from watch.Watch().stream(
            self._core.list_namespaced_pod,
            namespace,
            field_selector=f"metadata.name={metadata.name}",
            resource_version=metadata.resource_version,
            timeout_seconds=int(limit),
        )


def why(error: Exception) -> str:
    """The words of one of CLUSTER_ERRORS: an ApiException's own are a page long."""
    return f"{error.status} {error.reason}" if isinstance(error, ApiException) else str(error)


def is_ready(found: Object) -> bool:
    """Whether an object's Ready condition is true."""
    conditions = found.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _place(document: Object) -> tuple[str, str, str, str]:
    plural = names.PLURALS[document["kind"]]
    return names.GROUP, names.VERSION, document["metadata"]["namespace"], plural


@contextmanager
def _conflict_is_fine() -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        if error.status != 409:
            raise
