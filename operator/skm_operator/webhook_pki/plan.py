# SPDX-License-Identifier: Apache-2.0
"""What the two Secrets and the webhook configuration should hold: functions of what they hold now.

A new CA and the one before are both trusted until the old one ends, and no serving certificate of
the new CA is made before the API server has been told to trust it: no call fails in between.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from skm_operator.webhook_pki.certificates import (
    CertificateError,
    Pair,
    is_due,
    is_issued_by,
    is_valid,
    issue_serving,
    new_authority,
    read_certificate,
    read_pair,
    serves,
)

CERTIFICATE: Final = "tls.crt"
KEY: Final = "tls.key"
PREVIOUS: Final = "previous.crt"

Data = Mapping[str, bytes]


def authority_data(data: Data, now: datetime) -> dict[str, bytes]:
    """The CA's Secret as it should be: the same if all is well, a new CA when the old is due."""
    current = _pair(data)
    if current is not None and not is_due(current.certificate, now):
        return {**_stored(current), **_kept(data.get(PREVIOUS, b""), now)}
    previous = current.certificate_pem if current is not None else data.get(PREVIOUS, b"")
    return {**_stored(new_authority(now)), **_kept(previous, now)}


def trust_bundle(data: Data) -> bytes:
    """The CAs to trust, PEM: the current one, then the one before while it lasts."""
    return data[CERTIFICATE] + data.get(PREVIOUS, b"")


def serving_data(
    data: Data, authority: Data, dns_names: Sequence[str], now: datetime
) -> dict[str, bytes]:
    """The serving Secret as it should be: the same if all is well, else a new certificate."""
    signer = read_pair(authority[CERTIFICATE], authority[KEY])
    current = _pair(data)
    if current is not None and _is_good(current, signer, dns_names, now):
        return _stored(current)
    return _stored(issue_serving(signer, dns_names, now))


def is_served(data: Data, bundle: bytes, dns_names: Sequence[str], now: datetime) -> bool:
    """Whether the serving certificate that stands there works with this trust bundle."""
    current = _pair(data)
    if current is None or not is_valid(current.certificate, now):
        return False
    trusted = any(is_issued_by(current.certificate, ca) for ca in _certificates(bundle))
    return trusted and serves(current.certificate, dns_names)


def bundle_patch(configuration: Mapping[str, Any], bundle: bytes) -> list[dict[str, Any]]:
    """The JSON patch (RFC 6902) that gives every webhook the bundle; empty if all have it.

    Each replacement is tied by a test to the webhook's name: the list may change in between.
    """
    encoded = base64.b64encode(bundle).decode()
    patch: list[dict[str, Any]] = []
    for n, webhook in enumerate(configuration.get("webhooks") or []):
        if webhook["clientConfig"].get("caBundle") != encoded:
            path = f"/webhooks/{n}"
            patch.append({"op": "test", "path": f"{path}/name", "value": webhook["name"]})
            patch.append({"op": "add", "path": f"{path}/clientConfig/caBundle", "value": encoded})
    return patch


def _is_good(pair: Pair, signer: Pair, dns_names: Sequence[str], now: datetime) -> bool:
    certificate = pair.certificate
    mine = is_issued_by(certificate, signer.certificate)
    return mine and serves(certificate, dns_names) and not is_due(certificate, now)


def _pair(data: Data) -> Pair | None:
    try:
        return read_pair(data.get(CERTIFICATE, b""), data.get(KEY, b""))
    except CertificateError:
        return None


def _stored(pair: Pair) -> dict[str, bytes]:
    return {CERTIFICATE: pair.certificate_pem, KEY: pair.key_pem}


def _kept(previous: bytes, now: datetime) -> dict[str, bytes]:
    try:
        lasts = is_valid(read_certificate(previous), now)
    except CertificateError:
        lasts = False
    return {PREVIOUS: previous} if lasts else {}


def _certificates(bundle: bytes) -> list[Any]:
    end = b"-----END CERTIFICATE-----\n"
    return [read_certificate(part + end) for part in bundle.split(end) if part.strip()]
