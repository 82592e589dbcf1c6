# SPDX-License-Identifier: Apache-2.0
"""Looks at the witnesses once a second and puts what they agree on onto the board."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from skm_injector.journal import Journal

from .board import Board
from .errors import NetlinkError
from .judgement import UNKNOWN, Attestation, Disagreement, Reason, Verdict, judge_all, live
from .kernel import Kernel, probe
from .ledger import Kept, settle
from .metrics import Metrics
from .records import ResultCache
from .settings import Settings


class Watcher:
    """One look after another; a witness that can't be read withdraws nothing before the grace."""

    def __init__(
        self,
        settings: Settings,
        board: Board,
        journal: Journal,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._board = board
        self._journal = journal
        self._metrics = metrics
        self._monotonic = monotonic
        self._cache = ResultCache(settings.results)
        self._kernel = Kernel()
        self._kept: dict[str, Kept] = {}
        self._verdicts: list[Verdict] = []

    async def run(self) -> None:
        """Look until cancelled; one thread of its own does the reading."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="look") as thread:
            loop = asyncio.get_running_loop()
            while True:
                if await loop.run_in_executor(thread, self.look):
                    self._show()
                    await asyncio.sleep(self._settings.second_look)
                    await loop.run_in_executor(thread, self.look)
                self._show()
                await asyncio.sleep(self._settings.poll)

    def look(self) -> bool:
        """Judge every pod once, and probe the witnesses that said nothing; whether there were."""
        try:
            self._verdicts = self._judge()
        except (NetlinkError, OSError) as error:
            self._metrics.failed_look()
            self._journal.state("witnesses", "witnesses_unreadable", str(error))
            self._verdicts = [_unread(kept.attestation) for kept in self._kept.values()]
        else:
            self._metrics.looked(self._cache.unreadable)
            self._journal.state("witnesses", "witnesses_readable", "")
        now = self._monotonic()
        self._kept = settle(self._kept, self._verdicts, now, self._settings.grace)
        silent = {v.ipv4 for v in self._disagreements() if v.ipv4 and v.reason in UNKNOWN}
        probe(silent)
        return bool(silent)

    def _judge(self) -> list[Verdict]:
        records = self._cache.read()
        pods = live(records, self._kernel.links(), self._settings.pod_interface)
        addresses = {pod.record.ipv4 for pod in pods if pod.record.ipv4}
        return judge_all(pods, self._kernel.read(addresses))

    def _show(self) -> None:
        self._board.put({uid: kept.attestation for uid, kept in self._kept.items()})
        reasons = Counter(verdict.reason.value for verdict in self._disagreements())
        self._metrics.judged(len(self._kept), reasons)
        self._tell()

    def _tell(self) -> None:
        told = {verdict.pod_uid: _words(verdict) for verdict in self._verdicts}
        for uid, (name, words) in told.items():
            self._journal.state(f"pod/{uid}", name, words)
        self._journal.forget(lambda subject: _gone(subject, told))

    def _disagreements(self) -> Iterable[Disagreement]:
        return (verdict for verdict in self._verdicts if isinstance(verdict, Disagreement))


def _unread(attestation: Attestation) -> Disagreement:
    """Stands for a pod whose witnesses couldn't be read this time: nothing contradicts."""
    uid, ipv4, interface = attestation.pod_uid, attestation.ipv4, attestation.interface
    return Disagreement(uid, ipv4, interface, Reason.UNREADABLE)


def _words(verdict: Verdict) -> tuple[str, str]:
    if isinstance(verdict, Disagreement):
        return "pod_not_attested", f"{verdict.reason.value} {verdict.ipv4} {verdict.interface}"
    return "pod_attested", f"{verdict.ipv4} {verdict.mac} {verdict.interface} {verdict.witness}"


def _gone(subject: str, told: dict[str, tuple[str, str]]) -> bool:
    kind, _, uid = subject.partition("/")
    return kind == "pod" and uid not in told
