# SPDX-License-Identifier: Apache-2.0
"""The webhook's settings; field `agent_image` is the variable SKM_AGENT_IMAGE, and so on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from skm_common import names
from skm_common.environment import SettingError
from skm_injector.webhook.installation import StartGate

_AUTO: Final = "auto"
_SERVICE_ACCOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the chart decides."""

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

    start_gate: str = _AUTO
    """`marker`, `probe`, or `auto`: by the version that the API server tells."""

    port: int = names.WEBHOOK_PORT
    """HTTPS port for admission reviews."""

    health_port: int = names.HEALTH_PORT
    """Plain HTTP port for /healthz, /readyz and /metrics."""

    drain: float = 3.0
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
        """The agent's `resources`; raises SettingError."""
        try:
            found = json.loads(self.agent_resources)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SettingError("SKM_AGENT_RESOURCES must be a JSON object such as {}")
        return found

    @property
    def gate(self) -> StartGate | None:
        """The gate to use, None for the one that the API server's version can have.

        Raises SettingError.
        """
        if self.start_gate == _AUTO:
            return None
        try:
            return StartGate(self.start_gate)
        except ValueError:
            known = ", ".join([_AUTO, *StartGate])
            raise SettingError(f"SKM_START_GATE must be one of {known}") from None


def api_address(settings: Settings, environment: Mapping[str, str]) -> str:
    """The API server's URL; raises SettingError outside a cluster."""
    if settings.api_server:
        return settings.api_server
    try:
        host = environment["KUBERNETES_SERVICE_HOST"]
        port = environment["KUBERNETES_SERVICE_PORT"]
    except KeyError:
        raise SettingError("not in a cluster: set SKM_API_SERVER") from None
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
