# SPDX-License-Identifier: Apache-2.0
"""Counts of reviews in the Prometheus text format (version 0.0.4)."""

from collections import Counter
from typing import Final

INJECTED: Final = "injected"
UNCHANGED: Final = "unchanged"
REFUSED: Final = "refused"
FAILED: Final = "failed"


class Metrics:
    """What the webhook counts; the labels have few values, all of them ours."""

    def __init__(self) -> None:
        self._reviews: Counter[tuple[str, str]] = Counter()
        self._seconds = 0.0

    def count(self, outcome: str, check: str, seconds: float) -> None:
        """One review with its outcome, the check that refused (or nothing), and its duration."""
        self._reviews[outcome, check] += 1
        self._seconds += seconds

    def text(self, *, ready: bool) -> str:
        """All of it, for a scraper."""
        lines = [
            "# HELP skm_webhook_ready Whether certificate, CA and resources are known.",
            "# TYPE skm_webhook_ready gauge",
            f"skm_webhook_ready {int(ready)}",
            "# HELP skm_webhook_reviews_total Admission reviews by outcome and refusing check.",
            "# TYPE skm_webhook_reviews_total counter",
        ]
        lines += [
            f'skm_webhook_reviews_total{{outcome="{outcome}",check="{check}"}} {count}'
            for (outcome, check), count in sorted(self._reviews.items())
        ]
        lines += [
            "# HELP skm_webhook_review_seconds Time spent on admission reviews.",
            "# TYPE skm_webhook_review_seconds summary",
            f"skm_webhook_review_seconds_sum {self._seconds:.6f}",
            f"skm_webhook_review_seconds_count {self._reviews.total()}",
        ]
        return "\n".join(lines) + "\n"
