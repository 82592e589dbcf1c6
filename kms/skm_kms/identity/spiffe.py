# SPDX-License-Identifier: Apache-2.0
"""The SPIFFE ID of a pod: `spiffe://skm.dev/ns/<namespace>/sa/<serviceAccount>/pod/<uid>`."""

import re
from dataclasses import dataclass
from typing import Final

from skm_common.names import GROUP

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN: Final = r"[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?"
_UID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID: Final = re.compile(
    rf"spiffe://{re.escape(GROUP)}/ns/({_LABEL})/sa/({_SUBDOMAIN})/pod/({_UID})"
)


@dataclass(frozen=True, slots=True)
class PodName:
    """Who a session certificate speaks for."""

    namespace: str
    service_account: str
    uid: str

    def spiffe(self) -> str:
        """The URI that stands in the certificate."""
        account = f"ns/{self.namespace}/sa/{self.service_account}"
        return f"spiffe://{GROUP}/{account}/pod/{self.uid}"


def parse_spiffe(uri: str) -> PodName | None:
    """The pod that a SPIFFE ID names, or None where the URI is of another form."""
    found = _ID.fullmatch(uri)
    return PodName(*found.groups()) if found else None


def is_uid(text: str) -> bool:
    """Whether a text has the form of a Kubernetes UID."""
    return re.fullmatch(_UID, text) is not None
