# SPDX-License-Identifier: Apache-2.0
"""The webhook's PKI: a CA of its own, a serving certificate, and the trust of the API server."""

from skm_operator.webhook_pki.task import PkiTask

__all__ = ["PkiTask"]
