# SPDX-License-Identifier: Apache-2.0
"""Names that processes, manifests and people rely on, in one place: a typo is an ImportError."""

from typing import Final

GROUP: Final = "skm.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

# Custom resources: kind → plural.
PLURALS: Final = {"Keystore": "keystores", "Key": "keys", "AccessPolicy": "accesspolicies"}
CHANGE_REQUESTS: Final = "changerequests"

FINALIZER: Final = f"{GROUP}/cleanup"

# Annotations on a pod; every other name under the prefix is refused at admission.
ANNOTATION_PREFIX: Final = f"{GROUP}/"
INJECT: Final = f"{GROUP}/inject"
MODE: Final = f"{GROUP}/mode"
PATH: Final = f"{GROUP}/path"
ENV: Final = f"{GROUP}/env"
CONTAINERS: Final = f"{GROUP}/containers"
LIFECYCLE: Final = f"{GROUP}/lifecycle"
ON_CHANGE: Final = f"{GROUP}/on-change"
ON_DENIED: Final = f"{GROUP}/on-denied"
RUN_AS_SAME_USER: Final = f"{GROUP}/run-as-same-user"
CREATED_LABELS: Final = f"{GROUP}/created-labels"
TEMPLATE_PREFIX: Final = f"{GROUP}/template."

# Annotation on a Key: rotate once when this RFC 3339 time has come.
ROTATE_AT: Final = f"{GROUP}/rotate-at"

DEFAULT_PATH: Final = "/run/secrets/skm"
VOLUME_PREFIX: Final = "skm-"
SECRETS_VOLUME: Final = "skm-secrets"
IDENTITY_VOLUME: Final = "skm-identity"
AGENT_CONTAINER: Final = "skm-agent"
MARKER_FILE: Final = ".skm-injected"
MARKER_VARIABLE: Final = "SKM_INJECTED"
"""The agent writes MARKER_FILE last; who sees secrets requires MARKER_VARIABLE from it."""

# Audiences of projected ServiceAccount tokens; an in-apiserver policy lets only nodes ask for them.
AUDIENCE_POD: Final = GROUP
AUDIENCE_NODE: Final = f"{GROUP}/node"
AUDIENCE_ADMIN: Final = f"{GROUP}/admin"
AUDIENCE_INTERNAL: Final = f"{GROUP}/internal"
POD_SIGNER: Final = f"{GROUP}/pod"

DATA_PORT: Final = 8443
IDENTITY_PORT: Final = 8444
ADMIN_PORT: Final = 8445
SYSTEM_KEY_PORT: Final = 8446
HEALTH_PORT: Final = 8081
NODE_HEALTH_PORT: Final = 18081
AGENT_PORT: Final = 18447
"""Readiness of the agent, in the user's pod: a port that applications don't use."""
WEBHOOK_PORT: Final = 9443

NAMESPACE: Final = "skm-system"
SYSTEM_KEY_NAMESPACE: Final = "skm-system-key"
NODE_NAMESPACE: Final = "skm-node"

KMS: Final = "skm-kms"
KMS_REPLICAS: Final = "skm-kms-replicas"
SYSTEM_KEY: Final = "skm-system-key"
OPERATOR: Final = "skm-operator"
WEBHOOK: Final = "skm-webhook"
NODE_AGENT: Final = "skm-node-agent"
INSTALL: Final = "skm-install"

ROOT_KEY_SECRET: Final = "skm-root-key"
INTERNAL_CA_SECRET: Final = "skm-internal-ca-1"
WEBHOOK_CA_SECRET: Final = "skm-webhook-ca"
WEBHOOK_SERVING_SECRET: Final = "skm-webhook-serving"
CA_CONFIG_MAP: Final = "skm-ca"


def service_name(name: str, namespace: str) -> str:
    """The DNS name of a Service, as certificates carry it."""
    return f"{name}.{namespace}.svc"


def keystore_name(namespace: str, name: str) -> str:
    """The KMS's name for a Keystore resource; both parts are DNS labels: the first dot splits."""
    return f"{namespace}.{name}"
