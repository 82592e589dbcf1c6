# SPDX-License-Identifier: Apache-2.0
"""Results in libcni's form, shared with the other suite that reads them."""

from cni_results import bridge_result, cni_cached, ptp_result

__all__ = ["bridge_result", "cni_cached", "ptp_result"]
