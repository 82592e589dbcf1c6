# SPDX-License-Identifier: Apache-2.0
"""Times as answers carry them."""

from datetime import UTC, datetime


def rfc3339(unix: float) -> str:
    """UTC in whole seconds (RFC 3339)."""
    return datetime.fromtimestamp(int(unix), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
