# SPDX-License-Identifier: Apache-2.0
"""What a pod-bound ServiceAccount token proves, by the API server's TokenReview.

The answer is kept for ten seconds. It proves the token, never that the pod lives: a token is still
good some seconds after its pod has gone (DESIGN §6.1).
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from skm_kms.clock import Clock
from skm_kms.errors import UnauthenticatedError, UndeterminedError
from skm_kms.identity import wire
from skm_kms.identity.errors import KubeError
from skm_kms.identity.words import Check

CACHE_SECONDS: Final = 10.0
MAXIMUM_TOKEN: Final = 8192
CONCURRENT_REVIEWS: Final = 16
"""Reviews under way at a time: a flood of tokens must leave the watches their connections."""

_CACHE_ENTRIES: Final = 10_000
_PATH: Final = "/apis/authentication.k8s.io/v1/tokenreviews"
_EXTRA: Final = "authentication.kubernetes.io/"

_review: Final = msgspec.json.Decoder(wire.TokenReview)


class ReviewApi(Protocol):
    """What token reviews need of the API server; `kube.KubeClient` is one."""

    async def create(self, path: str, body: bytes) -> bytes:
        """The answer to a POST."""
        ...


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """Whom a genuine token was made for; `node` is None where the cluster doesn't say."""

    namespace: str
    service_account: str
    pod_uid: str
    pod_name: str
    node: str | None


class TokenReviews:
    """Asks the API server about tokens, at most once in ten seconds for each."""

    def __init__(self, api: ReviewApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._asking = asyncio.Semaphore(CONCURRENT_REVIEWS)
        self._kept: dict[bytes, tuple[float, TokenClaims]] = {}

    async def claims(self, token: str, audience: str) -> TokenClaims:
        """The claims of a token of exactly this audience.

        Raises UnauthenticatedError where it is none, UndeterminedError where nobody can say.
        """
        if not 0 < len(token) <= MAXIMUM_TOKEN or not token.isascii():
            raise UnauthenticatedError("the bearer token has no valid form")
        now = self._clock.monotonic()
        digest = hashlib.sha256(f"{audience}\n{token}".encode()).digest()
        kept = self._kept.get(digest)
        if kept is not None and now < kept[0]:
            return kept[1]
        claims = _claims(await self._ask(token, audience), audience)
        self._keep(digest, now, claims)
        return claims

    async def _ask(self, token: str, audience: str) -> wire.ReviewStatus:
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token, "audiences": [audience]},
        }
        try:
            async with self._asking:
                answer = await self._api.create(_PATH, msgspec.json.encode(body))
            return _review.decode(answer).status
        except (KubeError, msgspec.DecodeError) as error:
            why = "the API server can't be asked about the token now"
            raise UndeterminedError(Check.CERTIFICATE, why) from error

    def _keep(self, digest: bytes, now: float, claims: TokenClaims) -> None:
        if len(self._kept) >= _CACHE_ENTRIES:
            self._kept = {d: kept for d, kept in self._kept.items() if now < kept[0]}
        if len(self._kept) < _CACHE_ENTRIES:
            self._kept[digest] = (now + CACHE_SECONDS, claims)


def _claims(status: wire.ReviewStatus, audience: str) -> TokenClaims:
    if not status.authenticated or audience not in status.audiences:
        raise UnauthenticatedError("the API server doesn't know the bearer token as one for us")
    kind, _, account = status.user.username.partition("system:serviceaccount:")
    namespace, _, name = account.partition(":")
    extra = status.user.extra
    uid, pod = _only(extra, "pod-uid"), _only(extra, "pod-name")
    if kind or not namespace or not name or uid is None or pod is None:
        raise UnauthenticatedError("the bearer token isn't bound to a pod")
    return TokenClaims(namespace, name, uid, pod, _only(extra, "node-name"))


def _only(extra: dict[str, list[str]], name: str) -> str | None:
    values = extra.get(_EXTRA + name, [])
    return values[0] if len(values) == 1 else None
