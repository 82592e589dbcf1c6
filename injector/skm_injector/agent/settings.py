# SPDX-License-Identifier: Apache-2.0
"""The agent's settings, from the environment that the webhook wrote.

Those without a default stand in every injected container; an in-apiserver policy refuses any other
variable there, so that the rest can be changed only where no cluster is concerned (tests).
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from skm_common import names
from skm_injector.agent.errors import SettingsError

PREFIX: Final = "SKM_"
TERMINATION_LOG: Final = "/dev/termination-log"


class Settings(NamedTuple):
    """Field `data` is the variable SKM_DATA, and so on."""

    ca: str
    """PEM certificates of the internal CAs: the only ones trusted for the KMS."""

    data: str
    """The data plane's `host:port`."""

    identity: str
    """The identity plane's `host:port`."""

    server_name: str
    """The name that the KMS's certificate must carry, whatever address is connected to."""

    keys: str
    """Comma-separated `<namespace>.<keystore>/<key>`."""

    on_denied: str
    """`wipe` or `keep`: what an authenticated denial does to the files."""

    directory: str = "/run/skm/secrets"
    """Where the secrets volume is mounted."""

    token: str = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    """The pod-bound token of audience `skm.dev`, renewed by the kubelet."""

    termination_log: str = TERMINATION_LOG
    """Where the kubelet reads why a container ended."""

    listen: str = str(names.AGENT_PORT)
    """Port of the readiness answers. No variable here may end in `_PORT`, `_SERVICE_HOST` or such:
    the kubelet writes those for Services of the pod's namespace, of one named `skm` say."""

    wait: str = "30"
    """Seconds that one question may wait for a newer version; 30 is the KMS's limit."""

    pause: str = "2"
    """Seconds: the first retry comes after a random part of this, doubling to `longest_pause`."""

    longest_pause: str = "10"
    """Seconds: no retry waits longer, so that an outage's end is seen soon."""

    @property
    def key_names(self) -> tuple[tuple[str, str], ...]:
        """The keys as pairs of keystore and key."""
        pairs = [key.partition("/") for key in self.keys.split(",")]
        return tuple((keystore, key) for keystore, _, key in pairs)


_KEY: Final = re.compile(r"[a-z0-9-]{1,63}\.[a-z0-9-]{1,63}/[a-z0-9-]{1,63}")
_SHAPES: Final = {
    "data": re.compile(r".+:[0-9]{1,5}"),
    "identity": re.compile(r".+:[0-9]{1,5}"),
    "keys": re.compile(rf"{_KEY.pattern}(,{_KEY.pattern})*"),
    "on_denied": re.compile("wipe|keep"),
    "listen": re.compile("[0-9]{1,5}"),
    "wait": re.compile("[0-9]{1,2}"),
    "pause": re.compile(r"[0-9.]*[0-9]"),
    "longest_pause": re.compile(r"[0-9.]*[0-9]"),
    "ca": re.compile("-----BEGIN CERTIFICATE-----.*", re.DOTALL),
}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings; raises SettingsError naming the variable that is missing or malformed."""
    found = {}
    for name in Settings._fields:
        variable = PREFIX + name.upper()
        if variable in environment:
            found[name] = _checked(variable, environment[variable], _SHAPES.get(name))
        elif name not in Settings._field_defaults:
            raise SettingsError(f"the environment has no {variable}; the webhook writes it")
    return Settings(**found)


def _checked(variable: str, text: str, shape: re.Pattern[str] | None) -> str:
    if shape is not None and not shape.fullmatch(text):
        raise SettingsError(f"{variable} can't be read; the webhook writes it")
    return text
