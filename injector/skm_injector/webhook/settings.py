# SPDX-License-Identifier: Apache-2.0
"""The webhook's settings; field `agent_image` is the variable SKM_AGENT_IMAGE, and so on."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final

from skm_common import names
from skm_injector.webhook.errors import SettingsError

PREFIX: Final = "SKM_"
_SERVICE_ACCOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the chart decides. All values are texts, as they stand in the environment."""

    agent_image: str
    """Image of the agent: no default, because it must be the chart's own version."""

    agent_pull_policy: str = "IfNotPresent"
    """Pull policy of the agent's image."""

    agent_resources: str = "{}"
    """JSON of the agent container's `resources`."""

    namespace: str = names.NAMESPACE
    """Namespace of the release: its KMS, Secret and ConfigMap are used."""

    kms: str = ""
    """Host of the KMS as agents reach it; empty means its Service's name."""

    start_gate: str = "auto"
    """`marker`, `probe`, or `auto`: by the version that the API server tells."""

    port: str = str(names.WEBHOOK_PORT)
    """HTTPS port for admission reviews."""

    health_port: str = str(names.HEALTH_PORT)
    """Plain HTTP port for /healthz, /readyz and /metrics."""

    drain: str = "3"
    """Seconds that reviews are still answered after SIGTERM, while the Service forgets the pod."""

    api_server: str = ""
    """URL of the API server; empty means the cluster's own, from the usual variables."""

    api_ca: str = f"{_SERVICE_ACCOUNT}/ca.crt"
    """File with the API server's CA."""

    api_token: str = f"{_SERVICE_ACCOUNT}/token"
    """File with the token for the API server; read anew for each request, as it is renewed."""

    @property
    def kms_host(self) -> str:
        """The host that agents connect to."""
        return self.kms or self.server_name

    @property
    def server_name(self) -> str:
        """The name that the KMS's certificate must carry."""
        return names.service_name(names.KMS, self.namespace)

    @property
    def resources(self) -> dict[str, Any]:
        """The agent's `resources`; raises SettingsError."""
        try:
            found = json.loads(self.agent_resources)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SettingsError("SKM_AGENT_RESOURCES must be a JSON object such as {}")
        return found


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings; raises SettingsError naming the variable that is missing."""
    found = {}
    for field in fields(Settings):
        variable = PREFIX + field.name.upper()
        if variable in environment:
            found[field.name] = environment[variable]
        elif field.default is MISSING:
            raise SettingsError(f"the environment has no {variable}")
    return Settings(**found)


def api_address(settings: Settings, environment: Mapping[str, str]) -> str:
    """The API server's URL; raises SettingsError outside a cluster."""
    if settings.api_server:
        return settings.api_server
    try:
        host = environment["KUBERNETES_SERVICE_HOST"]
        port = environment["KUBERNETES_SERVICE_PORT"]
    except KeyError:
        raise SettingsError("not in a cluster: set SKM_API_SERVER") from None
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
