# SPDX-License-Identifier: Apache-2.0
"""The bodies of the admin plane, as its OpenAPI document publishes them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """Base of answers: camelCase outside."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Asked(BaseModel):
    """Base of requests: camelCase outside, no unknown fields, no conversions."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, hide_input_in_errors=True
    )


class ResourceReference(Asked):
    """The custom resource behind a call, at one generation."""

    kind: str
    namespace: str
    name: str
    uid: str
    generation: int


class PutRequest(Asked):
    """What an object should be: the canonical document of `skm_common.resources`.

    `resource` names the custom resource behind the call; without it the object is standalone.
    """

    desired: dict[str, Any]
    resource: ResourceReference | None = None


class SecretRequest(Asked):
    """A new value of a managed secret: a text, or an object of texts; at most 32 KiB of UTF-8."""

    value: str | dict[str, str] = Field(repr=False)
    expected_version: Annotated[int, Field(ge=0)] | None = None


class RotateRequest(Asked):
    """A rotation by hand is empty; the operator names the annotation `skm.dev/rotate-at`."""

    resource: ResourceReference | None = None
    rotate_at: str | None = None
    expected_version: Annotated[int, Field(ge=0)] | None = None


class AdministratorRequest(Asked):
    """A role for the holder of the key in a certificate request (PEM, P-256)."""

    name: str
    role: str
    csr: str


class ConditionView(Answer):
    """A condition as Kubernetes has them."""

    type: str
    status: str
    reason: str
    message: str


class ResourceView(Answer):
    """The custom resource behind an object, at the generation that was applied last."""

    uid: str
    generation: int


class ObjectView(Answer):
    """What every object shows; `generation` counts its changes in the KMS."""

    id: str
    name: str
    generation: int
    state: str
    resource: ResourceView | None
    document: dict[str, Any]
    created_at: str
    orphaned: bool = False
    destroy_at: str | None = None
    conditions: list[ConditionView] = []


class KeystoreView(ObjectView):
    """A keystore, called `<namespace>.<name>`."""


class KeyView(ObjectView):
    """A key without any material; `rotate_at` is the annotation that rotated it last."""

    keystore: str
    kind: str
    current_version: int | None
    rotate_at: str | None


class PolicyView(ObjectView):
    """An access policy."""

    keystore: str


class KeystoreList(Answer):
    """Keystores by name."""

    keystores: list[KeystoreView]


class KeyList(Answer):
    """Keys of a keystore by name."""

    keys: list[KeyView]


class PolicyList(Answer):
    """Policies of a keystore by name."""

    policies: list[PolicyView]


class VersionView(Answer):
    """A version of a key without its material."""

    version: int
    state: str
    created_at: str


class VersionList(Answer):
    """Versions of a key, oldest first."""

    versions: list[VersionView]


class AdministratorView(Answer):
    """Somebody with a role."""

    id: str
    name: str
    role: str
    created_at: str
    expires_at: str


class AdministratorList(Answer):
    """Everyone with a role."""

    administrators: list[AdministratorView]


class IssuedView(AdministratorView):
    """A new administrator with the certificate (PEM, leaf then CA), which is shown once."""

    certificate: str
    ca_bundle: str


class StatusView(Answer):
    """How the KMS does."""

    version: str
    installation: str
    ready: bool
    sequence: int
    missing: dict[str, str]
    conditions: list[ConditionView]


class LogView(Answer):
    """An audit log: one a replica."""

    name: str
    origin: str
    healthy: bool


class LogList(Answer):
    """The audit logs that this replica can show."""

    logs: list[LogView]


class ProblemView(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    check: str | None = None
    outcome: str | None = None
    remedy: str | None = None
