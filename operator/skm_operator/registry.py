# SPDX-License-Identifier: Apache-2.0
"""kopf's handlers: they notice changes and keep the finalizer; what is to be done stands elsewhere.

Built by a function, so that nothing is global. A restart runs no handler for what was handled:
the comparison of the drift task looks at everything anyway, at one list call a kind.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import kopf

from skm_common import names
from skm_operator.errors import KmsError, KubernetesError
from skm_operator.reconciler import Reconciler

STORAGE_PREFIX: Final = f"operator.{names.GROUP}"
"""Prefix of the annotations in which kopf keeps what it handled last."""

_DELETABLE: Final = ("Keystore", "Key")
_LONGEST_DELAY: Final = 20.0


def build_registry(
    reconciler: Reconciler, endpoint: Callable[[], Mapping[str, Any]]
) -> kopf.OperatorRegistry:
    """The handlers; `endpoint` tells where and as whom to log in, anew when a token has ended."""
    registry = kopf.OperatorRegistry()
    _register_login(registry, endpoint)
    for kind, plural in names.PLURALS.items():
        _register_changes(registry, reconciler, kind, plural)
        _register_disappearance(registry, reconciler, plural)
        if kind in _DELETABLE:
            _register_deletion(registry, reconciler, plural)
    return registry


def build_settings() -> kopf.OperatorSettings:
    """kopf, told to be quiet and patient (see docs/operations.md)."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.watching.server_timeout = 240
    settings.watching.client_timeout = 270
    settings.watching.connect_timeout = 10
    settings.networking.request_timeout = 30
    settings.persistence.finalizer = names.FINALIZER
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(
        prefix=STORAGE_PREFIX, v1=False
    )
    settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(
        prefix=STORAGE_PREFIX, key="last-handled-configuration", v1=False
    )
    settings.process.ultimate_exiting_timeout = 15
    return settings


def _register_login(
    registry: kopf.OperatorRegistry, endpoint: Callable[[], Mapping[str, Any]]
) -> None:
    @kopf.on.login(registry=registry)
    def login(**_: Any) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(**endpoint())


def _register_changes(
    registry: kopf.OperatorRegistry, reconciler: Reconciler, kind: str, plural: str
) -> None:
    resource = (names.GROUP, names.VERSION, plural)

    async def change(*, namespace: str | None, name: str, retry: int, **_: Any) -> None:
        try:
            settled = await reconciler.reconcile(kind, namespace or "", name)
        except KubernetesError as error:
            raise kopf.TemporaryError(str(error), delay=delay_after(retry)) from error
        if not settled:
            raise kopf.TemporaryError("its status says why", delay=delay_after(retry))

    kopf.on.create(*resource, id="change", registry=registry)(change)
    kopf.on.update(*resource, id="change", field="spec", registry=registry)(change)
    if kind == "Key":
        field = ("metadata", "annotations", names.ROTATE_AT)
        kopf.on.update(*resource, id="rotate-at", field=field, registry=registry)(change)


def _register_deletion(
    registry: kopf.OperatorRegistry, reconciler: Reconciler, plural: str
) -> None:
    @kopf.on.delete(
        names.GROUP, names.VERSION, plural, id="delete", when=destroys, registry=registry
    )
    async def delete(body: kopf.Body, retry: int, **_: Any) -> None:
        try:
            # The answer means that the destruction is durable in the KMS's schedule: from here on
            # the finalizer would only hold the namespace.
            await reconciler.finish(body)
        except KmsError as error:
            await reconciler.tell(body, error)
            raise kopf.TemporaryError(str(error), delay=delay_after(retry)) from error


def _register_disappearance(
    registry: kopf.OperatorRegistry, reconciler: Reconciler, plural: str
) -> None:
    @kopf.on.event(names.GROUP, names.VERSION, plural, id="gone", when=is_gone, registry=registry)
    async def gone(body: kopf.Body, logger: kopf.Logger, **_: Any) -> None:
        try:
            await reconciler.finish(body)
        except KmsError as error:
            logger.info("left to the next comparison: %s", error)


def destroys(spec: Mapping[str, Any], **_: Any) -> bool:
    """Whether the end of a resource ends its object: only then is there a finalizer."""
    return spec.get("deletionPolicy") == "Delete"


def is_gone(event: Mapping[str, Any], **_: Any) -> bool:
    """Whether an event of the watch says that the resource is gone."""
    return event.get("type") == "DELETED"


def delay_after(retry: int) -> float:
    """Seconds until the next attempt: 1, 2, 4, 8, 16, then 20."""
    return min(_LONGEST_DELAY, 2.0 ** min(retry, 10))
