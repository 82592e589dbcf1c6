# SPDX-License-Identifier: Apache-2.0
"""Reviews with what is known; before it says that something isn't there, it asks once."""

import time
from collections.abc import Awaitable, Callable

from skm_injector.journal import log
from skm_injector.webhook import admission, metrics
from skm_injector.webhook.errors import ClusterError, RefusalError, UnknownError
from skm_injector.webhook.facts import NamespaceFacts
from skm_injector.webhook.installation import Installation
from skm_injector.webhook.patch import Operation
from skm_injector.webhook.review import Creation, review


class Reviewer:
    """Answers admission reviews.

    `known` and `ask_now` give the facts of a namespace from the watches and from the API server;
    `installation` is None as long as the webhook has not learnt all of it.
    """

    def __init__(
        self,
        known: Callable[[str], NamespaceFacts],
        ask_now: Callable[[str], Awaitable[NamespaceFacts]],
        installation: Callable[[], Installation | None],
        counts: metrics.Metrics,
    ) -> None:
        self._known = known
        self._ask_now = ask_now
        self._installation = installation
        self._counts = counts

    async def answer(self, body: bytes) -> bytes:
        """The AdmissionReview to send back; raises MalformedError."""
        uid, creation = admission.read_review(body)
        begin = time.perf_counter()
        outcome, check, answer = await self._decide(uid, creation)
        self._counts.count(outcome, check, time.perf_counter() - begin)
        return answer

    async def _decide(self, uid: str, creation: Creation) -> tuple[str, str, bytes]:
        installation = self._installation()
        if installation is None:
            return metrics.FAILED, "", admission.not_now(uid, "the webhook is starting; try again")
        try:
            operations = await self._review(creation, installation)
        except RefusalError as refusal:
            log("refused", namespace=creation.namespace, pod=_name(creation), reason=str(refusal))
            return metrics.REFUSED, str(refusal.check), admission.refused(uid, refusal)
        outcome = metrics.INJECTED if operations else metrics.UNCHANGED
        return outcome, "", admission.allowed(uid, operations)

    async def _review(self, creation: Creation, installation: Installation) -> list[Operation]:
        try:
            return review(creation, self._known(creation.namespace), installation)
        except UnknownError as refusal:
            try:
                facts = await self._ask_now(creation.namespace)
            except ClusterError as error:
                log("not_asked", reason=str(error))
                raise refusal from None
            return review(creation, facts, installation)


def _name(creation: Creation) -> str:
    metadata = creation.pod["metadata"]
    return str(metadata.get("name") or f"{metadata.get('generateName', '')}…")
